"""One network with PyTorch's `nn.LSTM`, as with_keras.py trains it."""

import time
from typing import Any

import numpy as np
import torch

from benchmarks.workers.serve import cosine, read_data, serve

kept: dict[str, Any] = {}
THREADS = torch.get_num_threads()


class Network(torch.nn.Module):  # type: ignore[misc]  # not in the lock
    def __init__(self, weights: dict[str, Any]) -> None:
        super().__init__()
        self.lstm = torch.nn.LSTM(1, len(weights["recurrent_kernel"]), batch_first=True)
        self.readout = torch.nn.Linear(len(weights["recurrent_kernel"]), 1)
        # The gates are in Keras's order. Of the two biases, which are added, one stays zero: Keras has but one.
        for parameter, name in (
            (self.lstm.weight_ih_l0, "kernel"),
            (self.lstm.weight_hh_l0, "recurrent_kernel"),
            (self.lstm.bias_ih_l0, "bias"),
            (self.readout.weight, "readout_kernel"),
            (self.readout.bias, "readout_bias"),
        ):
            parameter.data = torch.tensor(weights[name].T.copy())
        self.lstm.bias_hh_l0.data.zero_()
        self.lstm.bias_hh_l0.requires_grad_(False)

    def forward(self, x: Any) -> Any:
        return self.readout(self.lstm(x)[0])


def start(x: Any, target: Any, weights: dict[str, Any], rate: float, batch: int) -> None:
    network = Network(weights)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    kept.update(
        network=network,
        optimizer=torch.optim.Adam(trained, rate, eps=1e-7, fused=True),
        batches=list(zip(torch.tensor(x).split(batch), torch.tensor(target).split(batch), strict=True)),
    )


def epoch(order: Any, rates: Any = None) -> float:
    network, optimizer, batches = kept["network"], kept["optimizer"], kept["batches"]
    total = torch.zeros(())
    for step, k in enumerate(order):
        x, target = batches[k]
        if rates is not None:
            optimizer.param_groups[0]["lr"] = rates[step]
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.mse_loss(network(x), target)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return float(total) / len(order)


def choose_threads(x: Any, target: Any, weights: dict[str, Any], batch: int) -> None:
    """Use one thread where PyTorch's default of one to a core is slower, as it is with the smaller products."""
    taken = {}
    for threads in (torch.get_num_threads(), 1):
        torch.set_num_threads(threads)
        start(x[: 8 * batch], target[: 8 * batch], weights, 0.0, batch)
        steps = range(len(kept["batches"]))
        epoch(steps)
        began = time.perf_counter()
        epoch(steps)
        taken[threads] = time.perf_counter() - began
    torch.set_num_threads(min(taken, key=lambda threads: taken[threads]))


def threads() -> int:
    """Return how many threads were the faster choice."""
    return int(torch.get_num_threads())


def prepare(data: str, epochs: int) -> list[float]:
    about, [(x, target, weights)] = read_data(data)
    torch.set_num_threads(THREADS)
    choose_threads(x, target, weights, about["batch_size"])
    start(x, target, weights, about["learning_rate"], about["batch_size"])
    losses: list[float] = fit(epochs)["losses"]
    return losses


def fit(epochs: int) -> Any:
    began = time.perf_counter()
    losses = [epoch(range(len(kept["batches"]))) for _ in range(epochs)]
    return {"seconds": (time.perf_counter() - began) / epochs, "losses": losses}


def train_all(data: str, orders: list[list[list[int]]]) -> list[float]:
    about, networks = read_data(data)
    choose_threads(*networks[0], about["batch_size"])
    rates = np.split(cosine(about, np.size(orders[0])), about["epochs"])
    losses = []
    for (x, target, weights), order in zip(networks, orders, strict=True):
        start(x, target, weights, about["learning_rate"], about["batch_size"])
        losses.append([epoch(one, rate) for one, rate in zip(order, rates, strict=True)][-1])
    return losses


if __name__ == "__main__":
    serve(prepare, fit, threads, train_all)
