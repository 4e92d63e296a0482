"""素材: pictures and pages that owners upload, read with distrust and written anew."""
