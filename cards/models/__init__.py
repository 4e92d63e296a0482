"""Numbers, who holds them, and what they are printed on."""

from cards.models.batch import Batch, BatchCard, BatchFile
from cards.models.block import Block
from cards.models.card import Card
from cards.models.kind import Kind
from cards.models.member import Member

__all__ = ["Batch", "BatchCard", "BatchFile", "Block", "Card", "Kind", "Member"]
