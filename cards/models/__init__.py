"""Numbers, who holds them, and what they are printed on."""

from cards.models.artwork import ArtworkFile
from cards.models.batch import Batch, BatchCard, BatchFile
from cards.models.block import Block
from cards.models.card import Card
from cards.models.card_move import CardMove
from cards.models.design import Design, DesignVersion, PrinterProfile, ProofApproval
from cards.models.hand_over import HandOver, HandOverUndone
from cards.models.kind import Kind
from cards.models.member import Member
from cards.models.pack import CardPack, CardPackFile

__all__ = [
    "ArtworkFile",
    "Batch",
    "BatchCard",
    "BatchFile",
    "Block",
    "Card",
    "CardMove",
    "CardPack",
    "CardPackFile",
    "Design",
    "DesignVersion",
    "HandOver",
    "HandOverUndone",
    "Kind",
    "Member",
    "PrinterProfile",
    "ProofApproval",
]
