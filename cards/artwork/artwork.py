"""A picture or a page as our own reading wrote it anew, and why an upload makes none."""

from dataclasses import dataclass
from typing import Final, Literal

from smartpit.kernel.errors import DomainError

BYTES_MAX: Final = 20 * 1024 * 1024
PIXELS_MAX: Final = 12_500_000
SIDE_MM: Final = (5, 1_000)  # The shortest and the longest a page's side may be.
PREVIEW_SIDE_PX: Final = 1_200


@dataclass(frozen=True, slots=True)
class Artwork:
    """What may be printed and shown: nothing of the uploaded bytes but what is seen.

    A raster is a JPEG (grey, RGB or CMYK) or a PNG (grey, RGB or RGBA) of 8 bits, upright, without
    metadata. A CMYK JPEG is written as Adobe does, inverted, and says so: whoever puts its bytes
    into a PDF gives it ``/Decode [1 0 1 0 1 0 1 0]``. A PDF holds one page that begins at 0, 0 and
    draws one form, ``/Artwork``, which is the uploaded page's own vectors.
    """

    kind: Literal["jpeg", "png", "pdf"]
    content: bytes
    sha256: str
    preview: bytes
    width_px: int | None = None
    height_px: int | None = None
    width_mm: float | None = None
    height_mm: float | None = None
    mode: Literal["L", "RGB", "RGBA", "CMYK", ""] = ""  # The channels of a raster.
    unembedded_fonts: tuple[str, ...] = ()


class ArtworkRefused(DomainError):
    """An upload that cannot be printed, or is not safe to open; the page says which and why."""

    code = "artwork_refused"
    title = "この素材は使用できません"
    status = 422


class UnknownKind(ArtworkRefused):
    code = "artwork_unknown_kind"
    title = "PNG、JPEG、PDF のいずれかの素材をアップロードしてください"


class TooLarge(ArtworkRefused):
    code = "artwork_too_large"
    title = "素材のファイルが大きすぎます（20 MB まで）"


class TooManyPixels(ArtworkRefused):
    code = "artwork_too_many_pixels"
    title = "画像の画素数が多すぎます（1,250万画素まで）"


class Animated(ArtworkRefused):
    code = "artwork_animated"
    title = "動く画像は印刷できません。静止画をアップロードしてください"


class Broken(ArtworkRefused):
    code = "artwork_broken"
    title = "素材のファイルが壊れているか、途中で切れています"


class TooHeavy(ArtworkRefused):
    code = "artwork_too_heavy"
    title = "素材が複雑すぎるため読み込めません。簡単にして保存し直してください"


class ReadingTooSlow(ArtworkRefused):
    code = "artwork_too_slow"
    title = "素材の読み込みが時間内に終わりません。簡単にして保存し直してください"


class ReadingBusy(ArtworkRefused):
    """Nothing is wrong with it: others are being read, and nobody may wait in their way."""

    code = "artwork_busy"
    title = "ほかの素材を読み込んでいます。少し待ってから、もう一度お試しください"
    status = 503


class PdfEncrypted(ArtworkRefused):
    code = "artwork_pdf_encrypted"
    title = "パスワードや制限のある PDF は使用できません。保護を外してください"


class PdfActive(ArtworkRefused):
    code = "artwork_pdf_active"
    title = "スクリプト、フォーム、添付ファイルなどを含む PDF は使用できません"


class PdfAnnotated(ArtworkRefused):
    """An annotation that is seen would be missing on the card without a word."""

    code = "artwork_pdf_annotated"
    title = "PDF に注釈があります。注釈を統合するか、削除してください"


class PdfLayers(ArtworkRefused):
    """A hidden layer would show on the card, for cards know no layers."""

    code = "artwork_pdf_layers"
    title = "PDF に非表示のレイヤーがあります。削除するか、統合してください"


class PdfPages(ArtworkRefused):
    code = "artwork_pdf_pages"
    title = "PDF は 1 ページにしてください。表面と裏面は別々にアップロードします"


class PdfSize(ArtworkRefused):
    code = "artwork_pdf_size"
    title = "PDF のページの大きさは 5 mm から 1,000 mm までにしてください"


REFUSALS: Final = {
    refusal.code: refusal
    for refusal in (
        UnknownKind, TooLarge, TooManyPixels, Animated, Broken, TooHeavy, ReadingTooSlow,
        PdfEncrypted, PdfActive, PdfAnnotated, PdfLayers, PdfPages, PdfSize,
    )
}  # fmt: skip
