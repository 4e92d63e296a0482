"""Endpoints' secrets at rest: signing needs the secret itself, so a hash would not do."""

from smartpit.kernel.sealing import Seal, SealBroken

__all__ = ["SealBroken", "seal", "unseal"]

_SEAL = Seal(b"smartpit endpoint secrets")
seal = _SEAL.seal
unseal = _SEAL.unseal
