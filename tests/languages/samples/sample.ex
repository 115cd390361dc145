defmodule App.Page do
  @moduledoc """
  Pages of text.

      iex> 1
  """
  use App, :model
  alias App.Repo

  @limit 10

  defstruct [:key, :body]

  @type t :: %__MODULE__{key: String.t()}

  @doc """
  Joins two pages.
  """
  @spec join(t, t) :: t
  def join(a, nil), do: a

  def join(a, b) do
    do_join(a, b)
  end

  # Does the work.
  defp do_join(a, b) when is_map(a) do
    %{a | body: b}
  end

  @doc false
  defmacro __using__(opts) do
    quote do
      import App.Page
    end
  end

  @doc "Reads one."
  @impl true
  def get(key \\ nil), do: key

  defmodule Error do
    defexception [:message]
  end
end

defprotocol Size do
  @doc "Calculates the size."
  def size(data)
end

defimpl Size, for: BitString do
  def size(text), do: byte_size(text)
end

defmodule App.PageTest do
  use ExUnit.Case

  test "joins pages" do
    assert 1 == 1
  end

  describe "get" do
    test "reads one", %{page: page} do
      assert page
    end
  end
end
