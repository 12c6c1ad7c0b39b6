"""Many networks, under many settings: which findings hold in how many. The command is `study`; in code a `Study` is a guest."""
