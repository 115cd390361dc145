"""倉庫の在庫を管理する。"""


def nyuko(soko, shohin, kazu):
    """入荷した商品を在庫に加える。"""
    if kazu <= 0:
        raise ValueError("数量は正の数でなければなりません")
    # 初めて扱う商品はまだ登録されていないことがある
    soko[shohin] = soko.get(shohin, 0) + kazu
    return soko[shohin]


def shukko(soko, shohin, kazu):
    """注文された数だけ在庫から取り出す。"""
    nokori = soko.get(shohin, 0)
    # 在庫が足りないときは出荷を止める
    if nokori < kazu:
        raise LookupError(f"{shohin}の在庫は{nokori}個しかありません")
    soko[shohin] = nokori - kazu
    return soko[shohin]


def fusoku(soko, saitei=1):
    """最低数を下回った商品の一覧を返す。"""
    return sorted(namae for namae, kazu in soko.items() if kazu < saitei)


def hyoka(soko, nedan):
    """価格表をもとに在庫全体の金額を計算する。"""
    gokei = 0
    for namae, kazu in soko.items():
        # 値段のない商品は見本として扱う
        gokei += kazu * nedan.get(namae, 0)
    return gokei


def ido(moto, saki):
    """ある倉庫の中身をすべて別の倉庫へ移す。"""
    for namae in list(moto):
        saki[namae] = saki.get(namae, 0) + moto.pop(namae)
    return saki


def hakosu(kazu, iri):
    # 仕入れ先は箱単位でしか売ってくれない
    return -(-kazu // iri)
