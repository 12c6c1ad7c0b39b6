"""What packages that promise an LSTM's gates give on Keras 3: tried as their documentation says, and the answer or error reported."""

import os
import sys

os.environ |= {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}

import keras
import numpy as np

from benchmarks.workers.serve import serve


def trace() -> str:
    x = np.zeros((1, 8, 1), np.float32)
    try:
        if sys.argv[1] == "keract":
            from keract import get_activations

            model = _model()
            found = get_activations(model, x)
        else:
            # Of the modules, since the package itself hides why they fail to import.
            from see_rnn.inspect_gen import get_gradients, get_outputs
            from see_rnn.inspect_rnn import get_rnn_weights

            model = _model()
            model.compile("adam", "mse")
            found = {"weights": get_rnn_weights(model, "lstm"), "outputs": get_outputs(model, "lstm", x)}
            found["gradients"] = get_gradients(model, "lstm", x, x)
    except Exception as error:
        return f"`{type(error).__name__}: {' '.join(str(error).split())[:160]}`"
    shapes = {name: getattr(value, "shape", type(value).__name__) for name, value in found.items()}
    return f"it runs and gives {shapes}, which are layers' outputs and no gates."


def _model() -> keras.Sequential:
    return keras.Sequential(
        [keras.Input((8, 1)), keras.layers.LSTM(4, return_sequences=True, name="lstm"), keras.layers.Dense(1)]
    )


if __name__ == "__main__":
    serve(trace)
