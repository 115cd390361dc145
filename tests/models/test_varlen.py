"""The kernel behind `flash` runs on GPUs alone; here are its layout and the call of it."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402

from diglot.models.varlen import Layout, attend, lay_out  # noqa: E402


def test_documents_are_laid_end_to_end():
    documents = torch.tensor([[0, 0, 1, -1], [1, 1, 1, 2], [-1, -1, -1, -1], [2, -1, -1, -1]])
    rows, boundaries, longest = lay_out(documents)
    assert rows.tolist() == [0, 1, 2, 4, 5, 6, 7, 12]
    assert boundaries.tolist() == [0, 2, 3, 6, 7, 8]  # equal numbers in two rows are two documents
    assert boundaries.dtype == torch.int32
    assert longest == 4


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("window", [None, 65])
@pytest.mark.parametrize("heads", [8, 2])
def test_the_kernel_accepts_the_call(causal, window, heads):
    """PyTorch's own operator, on tensors without numbers: types, shapes and gradients only."""
    layer = torch.nn.Module()
    layer.is_causal = causal
    with FakeTensorMode():
        query = torch.empty(1, 8, 100, 64, dtype=torch.bfloat16, requires_grad=True)
        key, value = (torch.empty(1, heads, 100, 64, dtype=torch.bfloat16) for _ in range(2))
        layout = Layout(torch.arange(100), torch.zeros(4, dtype=torch.int32), 60)
        output, weights = attend(
            layer, query, key, value, None, layout=layout, scaling=0.1, sliding_window=window
        )
        output.sum().backward()
    assert output.shape == (1, 100, 8, 64)
    assert output.dtype == torch.bfloat16
    assert query.grad.shape == query.shape
    assert weights is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("architecture", ["roberta", "bert", "modernbert", "gpt2", "llama"])
def test_flash_is_near_sdpa(architecture, tokenizer):
    from diglot.models.language_model import build_language_model

    settings = {"architecture": architecture, "layers": 4, "width": 128, "heads": 2, "length": 512}
    model = build_language_model(settings, tokenizer).cuda()
    ids = torch.randint(tokenizer.size, (4, 512), device="cuda")
    documents = torch.arange(512, device="cuda").expand(4, -1) // 200
    results = []
    for attention in ("sdpa", "flash"):
        model.attention = attention
        model.zero_grad()
        with torch.autocast("cuda", torch.bfloat16):
            states = model.hidden(ids, documents=documents)
        states.float().square().mean().backward()
        gradient = model.network.get_input_embeddings().weight.grad
        results.append((states.detach().float(), gradient.clone()))
    for sdpa, flash in zip(*results, strict=True):
        assert (sdpa - flash).abs().max() < 0.05 * sdpa.abs().max()
