# %% [markdown]
# # The LSTM's cell state as a flow and as a snapshot
#
# One network, trained on noisy sine waves to predict the next clean sample.
# The cell state is $c_t = f_t \odot c_{t-1} + i_t \odot g_t$ and the output $h_t = o_t \odot \tanh(c_t)$.
# Author: nobody.

# %%
# The same job as a notebook would do it: job.py cuts this file into cells. Keras's own layer, the report's task and sizes.
import os

os.environ |= {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}

import keras
import matplotlib.pyplot as plt
import numpy as np

UNITS, SEQUENCES, TIMESTEPS, EPOCHS = 16, 2048, 100, 10

# %%
rng = np.random.default_rng(1)


def waves(count):
    period = rng.uniform(15, 50, (count, 1))
    clean = np.sin(rng.uniform(0, 2 * np.pi, (count, 1)) + 2 * np.pi * np.arange(TIMESTEPS + 1) / period)
    noisy = clean[:, :-1] + rng.normal(0, 0.1, (count, TIMESTEPS))
    return noisy[..., None].astype("float32"), clean[:, 1:, None].astype("float32")


x, target = waves(SEQUENCES)
probes, _ = waves(128)
model = keras.Sequential(
    [keras.Input((None, 1)), keras.layers.LSTM(UNITS, return_sequences=True, name="lstm"), keras.layers.Dense(1)]
)
model.compile(keras.optimizers.Adam(0.02), "mse")
history = model.fit(x, target, batch_size=32, epochs=EPOCHS, verbose=0)

# %%
kernel, recurrent, bias = (np.array(weight) for weight in model.get_layer("lstm").weights)
h = c = np.zeros((len(probes), UNITS), "float32")
trace = {name: [] for name in "ifgoch"}
for step in probes.swapaxes(0, 1):
    i, f, g, o = np.split(step @ kernel + h @ recurrent + bias, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
    g = np.tanh(g)
    c = f * c + i * g
    h = o * np.tanh(c)
    for name, value in zip("ifgoch", (i, f, g, o, c, h), strict=True):
        trace[name].append(value)
trace = {name: np.stack(values, axis=1) for name, values in trace.items()}

# %% [markdown]
# ## What was trained
#
# The loss by epoch, and the network's prediction of one wave.

# %%
plt.figure(figsize=(6.3, 3))
plt.semilogy(history.history["loss"])
plt.show()

# %%
plt.figure(figsize=(6.3, 3))
plt.plot(probes[0, :, 0], "k.")
plt.plot(model.predict(probes[:1], verbose=0)[0, :, 0])
plt.show()

# %% [markdown]
# ## Flow

# %%
plt.figure(figsize=(6.3, 4))
plt.imshow(trace["c"][0].T, aspect="auto", cmap="RdBu")
plt.colorbar()
plt.show()

# %%
plt.figure(figsize=(6.3, 3))
plt.hist(-1 / np.log(trace["f"]).mean(axis=(0, 1)), 20)
plt.show()

# %% [markdown]
# ## Snapshot

# %%
centred = trace["c"][:, 50:].reshape(-1, UNITS)
centred = centred - centred.mean(axis=0)
axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
plt.figure(figsize=(6.3, 4))
plt.plot(*(centred[:200] @ axes.T).T)
plt.show()

# %% [markdown]
# ## Gates

# %%
figure, panels = plt.subplots(2, 2, figsize=(6.3, 5), layout="constrained")
for panel, name in zip(panels.flat, "ifgo", strict=True):
    panel.plot(trace[name][0])
    panel.set_title(name)
plt.show()
