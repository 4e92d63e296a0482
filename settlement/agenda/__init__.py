"""仕事の予定: what the centre has to do on which bank day, and what of it is late."""
