"""What is run: sine waves, LSTMs, training, and what is done to a trained network; gives plain arrays."""
