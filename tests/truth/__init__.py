"""Whether the essay's sentences are true, asked by other code than that which wrote them: `make truth`."""
