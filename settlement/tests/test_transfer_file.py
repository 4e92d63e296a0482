"""The bank's file: what is written is 120 bytes a record and is read back as it was meant."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement import zengin
from settlement.bank_kana import BankNameRefused, bank_kana, institution_kana
from settlement.zengin import (
    BankCodeRefused,
    Consignor,
    NothingToTransfer,
    PayDayRefused,
    Transfer,
    TransferAmountRefused,
    TransferFileFull,
    transfer_file,
)
from settlement.zengin_reader import TransferFileUnreadable, read_transfer_file
from smartpit.kernel.errors import DomainError

PAY_DAY = date(2026, 11, 20)
CENTRE = Consignor(
    code="0000123456",
    name=bank_kana("スマートピットセンター", width=40),
    bank_code="0001",
    bank_name=institution_kana("みずほ"),
    branch_code="001",
    branch_name=institution_kana("トウキヨウ"),
    account_kind="1",
    account_number="0012345",
)
SAKURA = Transfer(
    bank_code="0005",
    bank_name=institution_kana("ミツビシUFJ"),
    branch_code="123",
    branch_name=institution_kana("サクラ"),
    account_kind="2",
    account_number="7654321",
    payee_name=bank_kana("学校法人さくらガクエン"),
    amount_yen=117_742,
    customer_code_1="SAKURA",
    customer_code_2="0000000042",
)


def test_company_forms_are_abbreviated_where_they_stand() -> None:
    assert bank_kana("株式会社アオバモール") == "ｶ)ｱｵﾊﾞﾓ-ﾙ"
    assert bank_kana("アオバモール 株式会社") == "ｱｵﾊﾞﾓ-ﾙ(ｶ"
    assert bank_kana("アオバ㈱オオサカ営業所") == "ｱｵﾊﾞ(ｶ)ｵｵｻｶ(ｴｲ"
    assert bank_kana("有限会社　こもれび") == "ﾕ)ｺﾓﾚﾋﾞ"
    assert bank_kana("学校法人さくらガクエン") == "ｶﾞｸ)ｻｸﾗｶﾞｸｴﾝ"
    assert bank_kana("一般社団法人ピクセル") == "ｼﾔ)ﾋﾟｸｾﾙ"
    assert bank_kana("特定非営利活動法人ツバサ") == "ﾄｸﾋ)ﾂﾊﾞｻ"


def test_any_width_and_kana_comes_to_the_banks_own() -> None:
    assert bank_kana("ｷｬｯﾌﾟ　Ｔｓｕｂａｓａ・２") == "ｷﾔﾂﾌﾟ TSUBASA.2"
    assert bank_kana("ゔぃーなす") == "ｳﾞｲ-ﾅｽ"
    assert bank_kana("カ゛キ゛ハ゜") == "ｶﾞｷﾞﾊﾟ"
    assert bank_kana("サクラ(エンゲイ)‐ａ．ｂ") == "ｻｸﾗ(ｴﾝｹﾞｲ)-A.B"
    assert bank_kana("ヵヶヮ") == "ｶｹﾜ"
    assert bank_kana("ヮ゛") == bank_kana("ﾜﾞ") == "ﾜﾞ"


def test_a_long_name_is_cut_at_30_characters_and_each_sound_mark_is_one() -> None:
    assert bank_kana("ガ" * 16) == "ｶﾞ" * 15
    assert bank_kana("ア" + "ガ" * 15) == "ｱ" + "ｶﾞ" * 14 + "ｶ"
    assert bank_kana("ア" * 41, width=40) == "ｱ" * 40
    assert bank_kana("ア" * 29 + " イ") == "ｱ" * 29
    assert institution_kana("ア" * 16) == "ｱ" * 15


@pytest.mark.fault("E09")
@pytest.mark.fault("E10")
@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "桜",
        "サクラ株",
        "ヲトメ",
        "サクラ/アオバ",
        "サクラ,アオバ",
        "サクラ、アオバ",
        "オオバ'ズ",
        "サクラ+",
        "サクラ:",
        "サクラ?",
        "「サクラ」",
        "¥サクラ",
        "サクラ\r\n",
        "サク\0ラ",
        "サクラ🌸",
        "ヰ",
        "é",
        "株式会社桜",
    ],
)
def test_what_the_bank_cannot_write_is_refused_and_not_dropped(name: str) -> None:
    with pytest.raises(BankNameRefused) as refused:
        bank_kana(name)

    assert refused.value.code == "bank_name_refused"


@pytest.mark.parametrize("name", ["", "ミズホ ギンコウ", "ミズホ(", "ミ.ズホ", "瑞穂"])
def test_a_banks_name_has_neither_space_nor_bracket(name: str) -> None:
    with pytest.raises(BankNameRefused):
        institution_kana(name)


def test_the_file_stands_byte_by_byte_as_the_layout_says() -> None:
    header, transfer, trailer, end, rest = transfer_file(CENTRE, PAY_DAY, [SAKURA]).split(b"\r\n")

    kana = {name: name.encode("shift_jis") for name in ("ｽﾏ-ﾄﾋﾟﾂﾄｾﾝﾀ-", "ﾐｽﾞﾎ", "ﾄｳｷﾖｳ")}
    assert header == (
        b"1"
        b"210"
        b"0000123456"
        + kana["ｽﾏ-ﾄﾋﾟﾂﾄｾﾝﾀ-"].ljust(40)
        + b"1120"
        + b"0001"
        + kana["ﾐｽﾞﾎ"].ljust(15)
        + b"001"
        + kana["ﾄｳｷﾖｳ"].ljust(15)
        + b"1"
        + b"0012345"
        + b" " * 17
    )
    assert transfer[0:1] == b"2"
    assert transfer[1:5] == b"0005"
    assert transfer[5:20].decode("shift_jis") == "ﾐﾂﾋﾞｼUFJ       "
    assert transfer[20:23] == b"123"
    assert transfer[23:38].decode("shift_jis") == "ｻｸﾗ".ljust(15)
    assert transfer[38:43] == b"00002"
    assert transfer[43:50] == b"7654321"
    assert transfer[50:80].decode("shift_jis") == "ｶﾞｸ)ｻｸﾗｶﾞｸｴﾝ".ljust(30)
    assert transfer[80:90] == b"0000117742"
    assert transfer[90:] == b"0" + b"SAKURA    " + b"0000000042" + b"7" + b" " * 8
    assert trailer == b"8" + b"000001" + b"000000117742" + b" " * 101
    assert end == b"9" + b" " * 119
    assert rest == b""


def test_a_file_may_be_read_with_or_without_line_ends() -> None:
    written = transfer_file(CENTRE, PAY_DAY, [SAKURA, SAKURA])

    read = read_transfer_file(written)

    assert read == read_transfer_file(written.replace(b"\r\n", b""))
    assert (read.consignor, read.month_day) == (CENTRE, "1120")
    assert read.transfers == (SAKURA, SAKURA)
    assert read.total_yen == 235_484


names = st.text(
    st.sampled_from("アイガパヴッャョヮー・ァンさくらぁゔﾜﾞﾟｶｰ゛゜ -.()（）ａｚＡ09Zヷ㈱株式会社有限")
    | st.characters(),
    max_size=45,
)
kana_names = st.text(
    st.sampled_from("アイガパヴッャョー・さくらゃＡ9 -.("), min_size=1, max_size=45
)
digits = st.sampled_from("0123456789")


def written_name(text: str) -> str | None:
    try:
        return bank_kana(text)
    except BankNameRefused:
        return None


@pytest.mark.fault("E09")
@given(names)
def test_any_name_is_refused_or_fits_and_a_second_conversion_changes_nothing(text: str) -> None:
    kana = written_name(text)
    if kana is None:
        return
    assert 1 <= len(kana.encode("shift_jis")) == len(kana) <= 30
    assert set(kana) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ().-") | {
        chr(code) for code in range(ord("ｱ"), ord("ﾟ") + 1)
    }
    assert bank_kana(kana) == kana


transfers = st.builds(
    Transfer,
    bank_code=st.text(digits, min_size=4, max_size=4),
    bank_name=st.sampled_from(["ﾐｽﾞﾎ", "ﾐﾂﾋﾞｼUFJ", "ﾕｳﾁﾖ", "A-1"]),
    branch_code=st.text(digits, min_size=3, max_size=3),
    branch_name=st.sampled_from(["ﾎﾝﾃﾝ", "ｾﾞﾛｲﾁﾊﾁ", "ｱｵﾊﾞﾀﾞｲﾋｶﾞｼｸﾞﾁ"]),
    account_kind=st.sampled_from(["1", "2", "4", "9"]),
    account_number=st.text(digits, min_size=7, max_size=7),
    payee_name=kana_names.map(written_name).filter(bool),
    amount_yen=st.integers(1, 9_999_999_999),
    customer_code_1=st.sampled_from(["", "PIXEL", "0000000007"]),
    customer_code_2=st.text(digits, min_size=10, max_size=10),
)


@pytest.mark.fault("E09")
@pytest.mark.fault("E10")
@given(st.lists(transfers, min_size=1, max_size=12))
def test_whatever_is_written_is_120_bytes_a_record_and_read_back_equal(
    meant: list[Transfer],
) -> None:
    written = transfer_file(CENTRE, PAY_DAY, meant)

    assert {len(record) for record in written.split(b"\r\n")[:-1]} == {120}
    assert len(written) == 122 * (len(meant) + 3)
    read = read_transfer_file(written)
    assert list(read.transfers) == meant
    assert read.total_yen == sum(transfer.amount_yen for transfer in meant)


def test_a_customer_code_of_digits_alone_is_filled_with_zeros() -> None:
    read = read_transfer_file(
        transfer_file(CENTRE, PAY_DAY, [replace(SAKURA, customer_code_1="42")])
    )

    assert read.transfers[0].customer_code_1 == "0000000042"


@pytest.mark.parametrize(
    ("change", "refusal", "code"),
    [
        ({"amount_yen": 0}, TransferAmountRefused, "transfer_amount_refused"),
        ({"amount_yen": -1}, TransferAmountRefused, "transfer_amount_refused"),
        ({"amount_yen": 10_000_000_000}, TransferAmountRefused, "transfer_amount_refused"),
        ({"bank_code": "005"}, BankCodeRefused, "bank_code_refused"),
        ({"bank_code": "00O5"}, BankCodeRefused, "bank_code_refused"),
        ({"branch_code": "１２３"}, BankCodeRefused, "bank_code_refused"),
        ({"account_number": "654321"}, BankCodeRefused, "bank_code_refused"),
        ({"account_kind": "3"}, BankCodeRefused, "bank_code_refused"),
        ({"customer_code_1": "sakura"}, BankCodeRefused, "bank_code_refused"),
        ({"customer_code_2": "12345678901"}, BankCodeRefused, "bank_code_refused"),
        ({"payee_name": "さくら"}, BankNameRefused, "bank_name_refused"),
        ({"payee_name": "ｱ" * 31}, BankNameRefused, "bank_name_refused"),
        ({"payee_name": " ｱ"}, BankNameRefused, "bank_name_refused"),
        ({"bank_name": "ﾐｽﾞﾎ ｷﾞﾝｺｳ"}, BankNameRefused, "bank_name_refused"),
        ({"branch_name": "ｱ" * 16}, BankNameRefused, "bank_name_refused"),
    ],
)
def test_a_transfer_the_bank_would_return_is_refused(
    change: dict[str, Any], refusal: type[DomainError], code: str
) -> None:
    with pytest.raises(refusal) as refused:
        replace(SAKURA, **change)

    assert refused.value.code == code


def test_a_consignor_has_ten_digits_and_a_name_of_40_characters_at_most() -> None:
    with pytest.raises(BankCodeRefused):
        replace(CENTRE, code="123456")
    with pytest.raises(BankNameRefused):
        replace(CENTRE, name="ｱ" * 41)


def test_a_file_for_a_day_on_which_banks_rest_is_refused() -> None:
    for day in (date(2026, 11, 21), date(2026, 11, 23), date(2026, 12, 31)):
        with pytest.raises(PayDayRefused) as refused:
            transfer_file(CENTRE, day, [SAKURA])
        assert refused.value.code == "pay_day_refused"


def test_a_file_without_a_transfer_is_refused() -> None:
    with pytest.raises(NothingToTransfer) as refused:
        transfer_file(CENTRE, PAY_DAY, [])
    assert refused.value.code == "nothing_to_transfer"


@pytest.mark.fault("E11")
def test_a_sum_beyond_the_trailers_12_digits_is_refused() -> None:
    largest = replace(SAKURA, amount_yen=9_999_999_999)

    assert len(transfer_file(CENTRE, PAY_DAY, [largest] * 100)) == 122 * 103
    with pytest.raises(TransferFileFull) as refused:
        transfer_file(CENTRE, PAY_DAY, [largest] * 101)
    assert refused.value.code == "transfer_file_full"


def test_more_transfers_than_the_trailer_can_count_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert zengin.TRANSFERS_MAX == 999_999
    monkeypatch.setattr(zengin, "TRANSFERS_MAX", 2)

    transfer_file(CENTRE, PAY_DAY, [SAKURA] * 2)
    with pytest.raises(TransferFileFull):
        transfer_file(CENTRE, PAY_DAY, [SAKURA] * 3)


HEADER, FIRST, SECOND, TRAILER, END = transfer_file(
    CENTRE, PAY_DAY, [SAKURA, replace(SAKURA, amount_yen=1)]
).split(b"\r\n")[:-1]


@pytest.mark.fault("E11")
@pytest.mark.parametrize(
    "records",
    [
        [],
        [HEADER, TRAILER, END],
        [HEADER, FIRST, TRAILER, END],
        [HEADER, FIRST, SECOND, SECOND, TRAILER, END],
        [FIRST, HEADER, SECOND, TRAILER, END],
        [HEADER, FIRST, SECOND, TRAILER],
        [HEADER, FIRST, SECOND, END, TRAILER],
        [HEADER, FIRST, SECOND, TRAILER, END, END],
        [HEADER, FIRST, SECOND[:-1], TRAILER, END],
        [HEADER, FIRST, SECOND + b" ", TRAILER, END],
        [HEADER, FIRST, SECOND.replace(b"0000000001", b"0000000002"), TRAILER, END],
        [HEADER, FIRST, SECOND.replace(b"0000000001", b"00000000 1"), TRAILER, END],
        [HEADER, FIRST, SECOND, TRAILER.replace(b"8000002", b"8000003"), END],
        [HEADER, FIRST, SECOND, TRAILER, b"9" + b"x" * 119],
        [HEADER.replace(b"1210", b"1110"), FIRST, SECOND, TRAILER, END],
        [HEADER.replace(b"1210", b"1211"), FIRST, SECOND, TRAILER, END],
        [HEADER.replace(b"1120", b"11/0"), FIRST, SECOND, TRAILER, END],
        [HEADER[:58] + b"X" + HEADER[59:], FIRST, SECOND, TRAILER, END],
        [HEADER, FIRST[:50] + "桜".encode("shift_jis") + FIRST[52:], SECOND, TRAILER, END],
        [HEADER, FIRST[:38] + b"1" + FIRST[39:], SECOND, TRAILER, END],
        [HEADER, FIRST[:90] + b"7" + FIRST[91:], SECOND, TRAILER, END],
        [HEADER, FIRST[:111] + b"8" + FIRST[112:], SECOND, TRAILER, END],
        [HEADER, FIRST[:112] + b"Y" + FIRST[113:], SECOND, TRAILER, END],
    ],
)
@pytest.mark.parametrize("line_end", [b"\r\n", b""])
def test_a_damaged_file_is_not_read(records: list[bytes], line_end: bytes) -> None:
    with pytest.raises(TransferFileUnreadable) as refused:
        read_transfer_file(line_end.join(records))

    assert refused.value.code == "transfer_file_unreadable"
