"""Read the larger half of the corpus and print what its dearest reading took, in bytes.

It runs as a process of its own: a child's greatest memory is counted from its parent's, so the
parent must be small.
"""

import resource
import sys

from cards.artwork.artwork import ArtworkRefused
from cards.artwork.reading import read_artwork
from cards.tests.artwork_corpus import dear_files, refused_rasters
from cards.tests.artwork_pages import refused_pdfs

_DEAR = {
    "artwork_broken",
    "artwork_too_heavy",
    "artwork_too_large",
    "artwork_too_many_pixels",
    "artwork_pdf_pages",
}


def main() -> None:
    refused = (refused_rasters() | refused_pdfs()).values()
    makers = [maker for maker, code in refused if code in _DEAR] + dear_files()
    for maker in makers:
        try:
            read_artwork(maker())
        except ArtworkRefused:
            continue
    dearest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    sys.stdout.write(str(dearest))


if __name__ == "__main__":
    main()
