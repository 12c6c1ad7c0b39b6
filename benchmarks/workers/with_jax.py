"""One network with JAX, as with_keras.py trains it: a `lax.scan` over time, in a `lax.scan` over the batches of an epoch, under jit.

Run with "vmap", it trains all networks at the same time.
"""

import sys
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.workers.serve import cosine, read_data, serve

kept: dict[str, Any] = {}


def forward(weights: dict[str, Any], x: Any) -> Any:
    zeros = jnp.zeros((len(x), len(weights["recurrent_kernel"])))

    def step(state: Any, z: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(z + h @ weights["recurrent_kernel"], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    z = jnp.swapaxes(x @ weights["kernel"] + weights["bias"], 0, 1)
    h = lax.scan(step, (zeros, zeros), z)[1]
    return jnp.swapaxes(h @ weights["readout_kernel"] + weights["readout_bias"], 0, 1)


def update(state: Any, batch: Any) -> Any:
    """Take one step of Adam, written as Keras writes it."""
    weights, m, v, count = state
    x, target, rate = batch
    loss, gradient = jax.value_and_grad(lambda w: jnp.mean((forward(w, x) - target) ** 2))(weights)
    count += 1
    m = jax.tree.map(lambda a, g: a + (g - a) * 0.1, m, gradient)
    v = jax.tree.map(lambda a, g: a + (g * g - a) * 0.001, v, gradient)
    rate = rate * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    weights = jax.tree.map(lambda w, a, b: w - rate * a / (jnp.sqrt(b) + 1e-7), weights, m, v)
    return (weights, m, v, count), loss


def epoch(state: Any, x: Any, target: Any, order: Any, rates: Any) -> Any:
    """x, target: (steps, B, T, 1)."""

    def batch(carried: Any, which: Any) -> Any:
        k, rate = which
        return update(carried, (x[k], target[k], rate))

    state, losses = lax.scan(batch, state, (order, rates))
    return state, losses.mean()


one = jax.jit(epoch, donate_argnums=0)
many = jax.jit(jax.vmap(epoch, in_axes=(0, 0, 0, 0, None)), donate_argnums=0)


def start(weights: dict[str, Any]) -> Any:
    return (
        {name: jnp.array(array) for name, array in weights.items()},
        jax.tree.map(jnp.zeros_like, weights),
        jax.tree.map(jnp.zeros_like, weights),
        jnp.zeros(()),
    )


def in_batches(array: Any, size: int) -> Any:
    return jnp.array(array.reshape(-1, size, *array.shape[1:]))


def prepare(data: str, epochs: int) -> list[float]:
    about, [(x, target, weights)] = read_data(data)
    batches = [in_batches(array, about["batch_size"]) for array in (x, target)]
    steps = len(batches[0])
    kept.update(state=start(weights), rest=(*batches, jnp.arange(steps), jnp.full(steps, about["learning_rate"])))
    losses: list[float] = fit(epochs)["losses"]
    return losses


def fit(epochs: int) -> Any:
    began = time.perf_counter()
    losses = []
    for _ in range(epochs):
        kept["state"], loss = one(kept["state"], *kept["rest"])
        losses.append(loss)
    return {"losses": [float(loss) for loss in losses], "seconds": (time.perf_counter() - began) / epochs}


def train_all(data: str, orders: list[list[list[int]]]) -> list[float]:
    about, networks = read_data(data)
    rates = jnp.array(np.split(cosine(about, np.size(orders[0])), about["epochs"]))
    x, target = ([in_batches(network[k], about["batch_size"]) for network in networks] for k in (0, 1))
    order = jnp.array(orders)
    states = [start(weights) for _, _, weights in networks]
    if sys.argv[1:] == ["vmap"]:
        state = jax.tree.map(lambda *parts: jnp.stack(parts), *states)
        return [
            float(loss)
            for loss in _train(many, state, jnp.stack(x), jnp.stack(target), jnp.swapaxes(order, 0, 1), rates)
        ]
    return [float(_train(one, *network, rates)) for network in zip(states, x, target, order, strict=True)]


def _train(step: Any, state: Any, x: Any, target: Any, order: Any, rates: Any) -> Any:
    for which, rate in zip(order, rates, strict=True):
        state, loss = step(state, x, target, which, rate)
    return loss


if __name__ == "__main__":
    serve(prepare, fit, train_all)
