"""What a report says of its networks, computed again from `results.npz` and `model.keras`: float64, NumPy, no code of the product.

Derivatives are taken by a complex step (Squire and Trapp, 1998), where the product has TensorFlow's automatic differentiation and
closed formulas; all else follows the methods that the ledger states.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]  # it has no types
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

WORLDS = ("trained", "untrained", "chrono")
LAG, FEW, OLD, WINDOW, PROBES, LONG_RUN, SWING, BINS = 20, 3, 10, 20, 128, 5000, 0.1, 24
STEP = 1e-20


@dataclass(frozen=True)
class Lstm:
    """The weights of an LSTM; the matrices of the four layers by the names that the equations give them."""

    W: dict[str, Array]
    U: dict[str, Array]
    b: dict[str, Array]
    v: Array
    v0: float

    def step(self, x: Array, h: Array, c: Array, held: dict[str, Any] | None = None) -> dict[str, Array]:
        """Return f, i, o, g, c, h of the next timestep."""
        at = {n: x[:, None] * self.W[n] + h @ self.U[n] + self.b[n] for n in "fiog"}
        now = {n: np.tanh(a) if n == "g" else 1 / (1 + np.exp(-a)) for n, a in at.items()}
        for name, value in (held or {}).items():
            now[name] = np.zeros_like(now[name]) + value
        now["c"] = now["f"] * c + now["i"] * now["g"]
        now["h"] = now["o"] * np.tanh(now["c"])
        return now

    def say(self, h: Array) -> Array:
        """Return the read-out."""
        return np.asarray(h @ self.v + self.v0)

    def run(
        self, x: Array, h: Array | None = None, c: Array | None = None, held: dict[str, Any] | None = None
    ) -> dict[str, Array]:
        """Return f, i, o, g, c, h: (B, T, U), and y: (B, T)."""
        h = np.zeros((len(x), len(self.v))) if h is None else h
        c = np.zeros((len(x), len(self.v))) if c is None else c
        steps = []
        for t in range(x.shape[1]):
            steps.append(self.step(x[:, t], h, c, held))
            h, c = steps[-1]["h"], steps[-1]["c"]
        whole = {name: np.stack([step[name] for step in steps], axis=1) for name in steps[0]}
        return whole | {"y": self.say(whole["h"])}

    def alone(self, h: Array, c: Array, steps: int) -> Array:
        """Return what it says, (B, steps), when it hears itself; the first is what it says in this state."""
        said = [self.say(h)]
        for _ in range(steps - 1):
            now = self.step(said[-1], h, c)
            h, c = now["h"], now["c"]
            said.append(self.say(h))
        return np.stack(said, axis=1)


def mse(y: Array, target: Array) -> float:
    """Return the mean squared error."""
    return float(((y - target) ** 2).mean())


def determination(said: Array, truth: Array) -> float:
    """Return R²."""
    return float(1 - ((said - truth) ** 2).mean() / ((truth - truth.mean()) ** 2).mean())


def read_by_line(seen: Array, label: Array) -> float:
    """Return R² on the last quarter of the waves of the best line through the others; 0 of a label that does not vary."""
    fit = 3 * len(seen) // 4
    mean, spread = seen[:fit].mean(axis=(0, 1)), seen[:fit].std(axis=(0, 1)) + 1e-12
    rows = (seen - mean) / spread
    flat = rows[:fit].reshape(-1, rows.shape[-1])
    centre = label[:fit].mean()
    # Columns that are all but dependent say nothing more: the cut-off is that of the product, on values instead of their squares.
    slope = np.linalg.lstsq(flat, label[:fit].ravel() - centre, rcond=1e-5)[0]
    missed, varies = ((rows[fit:] @ slope + centre - label[fit:]) ** 2).mean(), label[fit:].var()
    return float(1 - missed / varies) if varies > 1e-12 else 0.0


def lost_after(y: Array, target: Array) -> float:
    """Return after how many missing samples more than half the error of silence is reached."""
    half = (target**2).mean() / 2
    for n in range(y.shape[1]):
        if mse(y[:, n], target[:, n]) > half:
            return float(n + 1)
    return float(y.shape[1] + 1)


class Report:
    """A report's results, and everything that its sentences say, by the names of its measurements: one value per network."""

    def __init__(self, folder: Path) -> None:
        with zipfile.ZipFile(folder / "results.npz") as archive:
            self.settings: dict[str, Any] = json.loads(archive.read("about.json"))["experiment"]
            self._arrays = {
                name[4:-4]: np.load(io.BytesIO(archive.read(name))) for name in archive.namelist() if name[:4] == "run/"
            }
        with (
            zipfile.ZipFile(folder / "model.keras") as archive,
            h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file,
        ):
            exported: list[Array] = []
            file.visititems(lambda _, node: exported.append(np.array(node)) if isinstance(node, h5py.Dataset) else None)
        self.exported = exported
        self.warm_up = self.settings["timesteps"] // 2
        self.x, self.target, self.phase, self.period = (
            self.array(f"probes.{name}") for name in ("x", "target", "phase", "period")
        )
        self._values: dict[str, list[float]] = {}

    def array(self, name: str) -> Array:
        """Return an array that was kept, in float64."""
        return np.asarray(self._arrays[name].astype(np.float64))

    def has(self, name: str) -> bool:
        """Return whether an array was kept."""
        return name in self._arrays

    def lstm(self, name: str) -> Lstm:
        """Return an LSTM by the name of its weights."""
        part = {k: self.array(f"{name}.{k}") for k in ("kernel", "recurrent_kernel", "bias")}
        four = {k: dict(zip("ifgo", np.split(p, 4, axis=-1), strict=True)) for k, p in part.items()}
        kernel = {n: w[0] for n, w in four["kernel"].items()}
        return Lstm(
            kernel,
            four["recurrent_kernel"],
            four["bias"],
            self.array(f"{name}.readout_kernel")[:, 0],
            float(self.array(f"{name}.readout_bias")[0]),
        )

    def waves(self, count: int, *seed: int) -> dict[str, Array]:
        """Return sequences as the settings and a seed make them."""
        rng, s = np.random.default_rng(list(seed)), self.settings
        return self._waves(count, rng, s)

    def _waves(self, count: int, rng: np.random.Generator, s: dict[str, Any]) -> dict[str, Array]:
        period = rng.uniform(s["period_min"], s["period_max"], (count, 1))
        start = rng.uniform(0, 2 * np.pi, (count, 1))
        angle = start + 2 * np.pi * np.arange(s["timesteps"] + 1) / period
        noise = rng.normal(0, s["noise"], (count, s["timesteps"]))
        return {"x": np.sin(angle[:, :-1]) + noise, "target": np.sin(angle[:, 1:]), "phase": angle, "period": period}

    @cached_property
    def recall_waves(self) -> tuple[Array, Array, int]:
        """What is heard, (B, T'), the amplitude to be told, (B,), and for how many timesteps it is heard."""
        s, hearing = self.settings, max(8, round(self.settings["period_max"] / 2))
        rng = np.random.default_rng([s["seed"], 0, 1])
        amplitude = rng.uniform(0.2, 1.0, PROBES)
        waves = self._waves(PROBES, rng, s)
        x = rng.normal(0, s["noise"], (PROBES, hearing + s["timesteps"]))
        start = waves["phase"][:, :1].astype(np.float32).astype(np.float64)
        period = waves["period"].astype(np.float32).astype(np.float64)
        x[:, :hearing] += amplitude[:, None] * np.sin(start + 2 * np.pi * np.arange(hearing) / period)
        return x.astype(np.float32).astype(np.float64), amplitude, hearing

    def values(self, name: str) -> list[float]:
        """Return a quantity by its name, of each network."""
        return self._values[name]

    @property
    def names(self) -> list[str]:
        """The quantities that were computed."""
        return list(self._values)

    def compute(self) -> "Report":
        """Compute everything; returns itself."""
        settings = self._settings()
        sinusoid = self._sinusoid()
        without = self._without_a_network()
        for number in range(1, self.settings["networks"] + 1):
            found = dict(settings)
            found["task.error_sinusoid"] = sinusoid
            found |= without | self._network(number)
            for world in WORLDS:
                prefix = "" if world == "trained" else f"{world}."
                found |= {f"{prefix}{name}": value for name, value in self._state(number, world).items()}
            for name, value in found.items():
                self._values.setdefault(name, []).append(float(value))
        return self

    def _settings(self) -> dict[str, float]:
        s = self.settings
        longest = self.array("networks.1.trained.jacobian").shape[0] - 1
        return {f"task.{k}": float(v) for k, v in s.items()} | {
            "task.warm_up": self.warm_up,
            "task.probes": PROBES,
            "flow.few": float(min(FEW, s["units"])),
            "flow.lag": min(LAG, longest),
            "flow.old": OLD,
            "snapshot.long_run": LONG_RUN,
            "snapshot.tested": PROBES // 4,
            "snapshot.window": WINDOW,
            "task.error_persistence": mse(self.x[:, self.warm_up :], self.target[:, self.warm_up :]),
        }

    def _without_a_network(self) -> dict[str, float]:
        late = np.arange(self.warm_up, self.x.shape[1])
        last = np.stack([self.x[:, late - n] for n in range(WINDOW)], axis=-1)
        pairs = [last[..., a] * last[..., b] for a in range(WINDOW) for b in range(a, WINDOW)]
        seen = np.concatenate([last, np.stack(pairs, axis=-1)], axis=-1)
        return {
            "snapshot.phase_r2_samples": read_by_line(last, np.cos(self.phase[:, late])),
            "snapshot.frequency_r2_products": read_by_line(
                seen, np.repeat(1 / self.period[:, None], len(late), axis=1)
            ),
        }

    def _sinusoid(self) -> float:
        """Return the error of the likeliest sinusoid, fitted to each past by a pseudo-inverse for each of 400 frequencies."""
        s = self.settings
        frequency = np.unique(np.linspace(1 / s["period_max"], 1 / s["period_min"], 400))
        wrong = []
        for t in range(self.warm_up, s["timesteps"]):
            n = np.arange(t + 1)
            angle = 2 * np.pi * frequency[:, None] * n
            design = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
            past = self.x[:, : t + 1]
            toward = np.einsum("fnk,bn->fkb", design, past)
            fitted = np.linalg.solve(np.einsum("fnk,fnl->fkl", design, design), toward)
            best = (fitted * toward).sum(axis=1).argmax(axis=0)
            ahead = 2 * np.pi * frequency[best] * (t + 1)
            mine = fitted[best, :, np.arange(len(past))]
            wrong.append((mine[:, 0] * np.cos(ahead) + mine[:, 1] * np.sin(ahead) - self.target[:, t]) ** 2)
        return float(np.mean(wrong))

    def _linear(self, number: int) -> float:
        """Return the error of the best line through the last samples, fitted to the training waves, which are made again here."""
        waves, w = self.waves(self.settings["sequences"], self.settings["seed"], number), self.warm_up
        x = waves["x"].astype(np.float32).astype(np.float64)
        target = waves["target"].astype(np.float32).astype(np.float64)

        def rows(x: Array) -> Array:
            seen = np.stack([x[:, t - w + 1 : t + 1] for t in range(w, x.shape[1])], axis=1)
            return np.concatenate([seen, np.ones((*seen.shape[:2], 1))], axis=2)

        gram, toward = np.zeros((w + 1, w + 1)), np.zeros(w + 1)
        if self.settings["noise"] > 0:  # the normal equations are as good where noise keeps the columns apart
            for some in range(0, len(x), 256):
                a = rows(x[some : some + 256]).reshape(-1, w + 1)
                gram, toward = gram + a.T @ a, toward + a.T @ target[some : some + 256, w:].ravel()
            line: Array = np.linalg.solve(gram, toward)
        else:
            line = np.linalg.lstsq(rows(x).reshape(-1, w + 1), target[:, w:].ravel(), rcond=None)[0]
        return mse(rows(self.x) @ line, self.target[:, w:])

    def _network(self, number: int) -> dict[str, float]:
        """Return what is asked of one network and not of its controls."""
        w, x, late = self.warm_up, self.x, self.target[:, self.warm_up :]
        name = f"networks.{number}"
        trained, start = self.lstm(f"{name}.trained.weights"), self.lstm(f"{name}.untrained.weights")
        run = trained.run(x)
        own = mse(run["y"][:, w:], late)
        found = {"task.error_window": self._linear(number), "gates.lifted_error": 0.0}
        heard = np.concatenate([x[:, 1:, None], run["h"][:, :-1]], axis=2)
        for n in "fiog":
            at = heard @ np.concatenate([trained.W[n][None], trained.U[n]]) + trained.b[n]
            off = np.abs((np.tanh(at) if n == "g" else 0.5 + np.tanh(at / 2) / 2) - run[n][:, 1:]).max()
            found["gates.lifted_error"] = max(found["gates.lifted_error"], float(off))
        found["snapshot.resume_error"] = float(np.abs(self.array(f"{name}.resumed") - run["y"][:, w:]).max())
        for n in "fiog":
            moved = [(getattr(trained, p)[n], getattr(start, p)[n]) for p in "WUb"]
            size = sum((before**2).sum() for _, before in moved)
            found[f"gates.moved_{n}"] = 100 * np.sqrt(sum(((a - b) ** 2).sum() for a, b in moved) / size)
            back = Lstm(
                trained.W | {n: start.W[n]},
                trained.U | {n: start.U[n]},
                trained.b | {n: start.b[n]},
                trained.v,
                trained.v0,
            )
            found[f"gates.unlearned_{n}"] = mse(back.run(x)["y"][:, w:], late) / own
            held = self.lstm(f"{name}.held.{n}")
            found[f"gates.retrained_{n}"] = mse(held.run(x)["y"][:, w:], late) / own
            found[f"gates.gradient_{n}"] = self._slope(number, start, n)
        found["gates.moved_least"] = min(found[f"gates.moved_{n}"] for n in "fiog")
        found["gates.gradient_least"] = min(found[f"gates.gradient_{n}"] for n in "fiog")
        before = start.run(x)
        found["gates.swung_least"] = min(
            np.median(run[n][:, w:].std(axis=(0, 1))) / max(np.median(before[n][:, w:].std(axis=(0, 1))), 1e-30)
            for n in "fiog"
        )
        found["gates.reseeded"] = mse(self.lstm(f"{name}.reseeded").run(x)["y"][:, w:], late) / own
        away = np.sin(2 * self.phase[:, w:]) > 0  # moving away from zero: value and slope have one sign
        for which in ("point", "window", "untrained", "state"):
            answer = self.array(f"{name}.lessons.away_{which}")
            right = (answer > 0.5) == away[len(x) - len(answer) :]
            found[f"gates.away_{which}"] = 100 * right.mean()
        # A forget gate that its bias ln u alone decides is u / (1 + u).
        drawn = np.random.default_rng([self.settings["seed"], number, 1]).random(len(start.v))
        for of, longest, pick in (
            ("flow.time_constant_chrono_start", self.settings["period_max"], np.median),
            ("recall.time_constant_max_start", self.recall_waves[0].shape[1], np.max),
        ):
            u = 1 + drawn * (longest - 2)
            found[of] = float(pick(-1 / np.log(u / (1 + u))))
        found |= self._plain(name) | self._recall(name)
        return found

    def _slope(self, number: int, start: Lstm, n: str) -> float:
        """Return how steeply the error falls along the gradient that was kept, by a complex step: its norm, if it is the gradient."""
        kept = self.lstm(f"networks.{number}.gradient")
        size = np.sqrt(sum((getattr(kept, p)[n] ** 2).sum() for p in "WUb"))
        if size == 0:
            return 0.0
        W, U, b = (
            getattr(start, p) | {n: getattr(start, p)[n] + 1j * STEP * getattr(kept, p)[n] / size} for p in "WUb"
        )
        y = Lstm(W, U, b, start.v, start.v0).run(self.x)["y"]
        return float(((y - self.target) ** 2).mean().imag / STEP)

    def _plain(self, name: str) -> dict[str, float]:
        kernel, recurrent, bias, v, v0 = (
            self.array(f"{name}.plain.{p}")
            for p in ("kernel", "recurrent_kernel", "bias", "readout_kernel", "readout_bias")
        )
        w, late = self.warm_up, self.target[:, self.warm_up :]

        def run(x: Array, h: Array) -> Array:
            states = []
            for t in range(x.shape[1]):
                h = np.tanh(x[:, t, None] * kernel[0] + h @ recurrent + bias)
                states.append(h)
            return np.stack(states, axis=1)

        h = run(self.x, np.zeros((len(self.x), len(bias))))
        followed = self.array(f"{name}.trained.jacobian").shape[1]
        lag = min(LAG, self.array(f"{name}.trained.jacobian").shape[0] - 1)
        sizes = np.zeros(followed)
        for unit in range(len(bias)):
            pushed = h[:followed, w - 1] + 1j * STEP * np.eye(len(bias))[unit]
            sizes += ((run(self.x[:followed, w : w + lag], pushed)[:, -1].imag / STEP) ** 2).sum(axis=1)
        silent = run(np.zeros_like(late), h[:, w - 1])
        return {
            "plain.error": mse((h @ v)[..., 0][:, w:] + v0[0], late),
            "plain.derivative_at_lag": float(np.sqrt(sizes / len(bias)).mean()),
            "plain.gap_lost": lost_after((silent @ v)[..., 0] + v0[0], late),
        }

    def _recall(self, name: str) -> dict[str, float]:
        x, amplitude, hearing = self.recall_waves
        found = {"recall.heard": float(hearing), "recall.noise": float(x.shape[1] - hearing)}
        kernel, recurrent, bias, v, v0 = (
            self.array(f"{name}.recall.plain.{p}")
            for p in ("kernel", "recurrent_kernel", "bias", "readout_kernel", "readout_bias")
        )
        h = np.zeros((len(x), len(bias)))
        for t in range(x.shape[1]):
            h = np.tanh(x[:, t, None] * kernel[0] + h @ recurrent + bias)
        found["recall.r2_plain"] = determination((h @ v)[:, 0] + v0[0], amplitude)
        for start in ("default", "chrono"):
            lstm = self.lstm(f"{name}.recall.{start}")
            run = lstm.run(x)
            found[f"recall.r2_{start}"] = determination(run["y"][:, -1], amplitude)
            h, c, other = run["h"][:, hearing - 1], run["c"][:, hearing - 1], np.arange(len(x)) - 1
            for part, there in (
                ("c", lstm.run(x[:, hearing:], h, c[other])),
                ("h", lstm.run(x[:, hearing:], h[other], c)),
            ):
                found[f"recall.{part}_decides_{start}"] = determination(there["y"][:, -1], amplitude[other])
            heard, inside = h, c
            for t in range(hearing, x.shape[1]):
                now = lstm.step(x[:, t], run["h"][:, t - 1].mean(axis=0) + 0 * heard, inside)
                heard, inside = now["h"], now["c"]
            found[f"recall.r2_without_feedback_{start}"] = determination(lstm.say(heard), amplitude)
            f = np.clip(run["f"][:, hearing:], 1e-30, 1 - 2.0**-24)
            found[f"recall.time_constant_max_{start}"] = float((-1 / np.log(f).mean(axis=(0, 1))).max())
            followed, units, o = slice(0, 16), len(lstm.v), run["o"][:16, hearing - 1]
            full = np.empty((len(x[followed]), units, units))
            for unit in range(units):
                nudged = c[followed] + 1j * STEP * np.eye(units)[unit]
                full[:, :, unit] = lstm.run(x[followed, hearing:], o * np.tanh(nudged), nudged)["c"][:, -1].imag / STEP
            direct = run["f"][followed, hearing:].prod(axis=1)[:, :, None] * np.eye(units)
            for path, derivative in (("direct", direct), ("detour", full - direct)):
                found[f"recall.{path}_{start}"] = np.linalg.norm(derivative, 2, axis=(1, 2)).mean()
        return found

    def _state(self, number: int, world: str) -> dict[str, float]:
        """Return what is asked of a network in one world."""
        w, x, target = self.warm_up, self.x, self.target
        lstm = self.lstm(f"networks.{number}.{world}.weights")
        run = lstm.run(x)
        late, h, c = target[:, w:], run["h"][:, w - 1], run["c"][:, w - 1]
        own = mse(run["y"][:, w:], late)
        free = lstm.alone(h, c, 10)
        found = {
            "task.error": own,
            "task.zero": mse(0 * late, late) / own,
            "task.free_run_error_10": mse(free[:, -1], target[:, w + 8]),
        }
        found |= self._channel(lstm, run) | self._paths(number, world, lstm, run)
        found |= self._pictures(lstm, run) | self._foreign(lstm, run)
        for n in "fiog":
            for words, value in (("mean", run[n][:, w:].mean(axis=(0, 1))), ("0", 0.0), ("1", 1.0)):
                found[f"gates.cost_{n}_{words}"] = mse(lstm.run(x, held={n: value})["y"][:, w:], late) / own
            angle, value = self.phase[:, w:, None], run[n][:, w:]
            waves = [np.ones_like(angle), np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
            base = np.linalg.qr(np.concatenate(waves, axis=2).reshape(-1, 5))[0]
            flat = value.reshape(-1, value.shape[-1])
            spread = ((flat - flat.mean(axis=0)) ** 2).sum()
            found[f"gates.locked_{n}"] = (
                100 * (1 - ((flat - base @ (base.T @ flat)) ** 2).sum() / spread) if spread else 0
            )
            first = ((value - value.mean(axis=(0, 1))) * np.exp(1j * angle)).sum(axis=(0, 1))
            found[f"gates.together_{n}"] = abs(np.exp(1j * np.angle(first)).mean())
            found[f"gates.swing_{n}"] = np.median(np.sqrt(((value - value.mean(axis=(0, 1))) ** 2).mean(axis=(0, 1))))
        found["gates.locked_least"] = min(found[f"gates.locked_{n}"] for n in "fiog")
        found["gates.together_most"] = max(found[f"gates.together_{n}"] for n in "fiog")
        found |= self._window(lstm, run, own)
        return found

    def _window(self, lstm: Lstm, run: dict[str, Array], own: float) -> dict[str, float]:
        """Return what a fixed window costs: one for the read-out, and one for what comes back, each beside a working one."""
        w, late = self.warm_up, self.target[:, self.warm_up :]
        fixed = run["o"][:, w:].mean(axis=(0, 1))
        h = c = np.zeros((len(self.x), len(lstm.v)))
        said = []
        for t in range(self.x.shape[1]):
            now = lstm.step(self.x[:, t], h, c)
            c, h = now["c"], fixed * np.tanh(now["c"])
            said.append(lstm.say(now["h"]))
        return {
            "gates.cost_o_read_out": mse(lstm.say(fixed * np.tanh(run["c"][:, w:])), late) / own,
            "gates.cost_o_fed_back": mse(np.stack(said[w:], axis=1), late) / own,
        }

    def _channel(self, lstm: Lstm, run: dict[str, Array]) -> dict[str, float]:
        w, x = self.warm_up, self.x
        # What every timestep poured in, thinned by each forget gate since: kept in a list that is thinned as time goes on.
        parts: list[Array] = []
        for t in range(x.shape[1]):
            parts = [part * run["f"][:, t] for part in parts] + [run["i"][:, t] * run["g"][:, t]]
        ages = np.arange(len(parts))[::-1]
        sizes = np.array([np.abs(part).sum() for part in parts])
        f = np.clip(run["f"][:, w:], 1e-30, 1 - 2.0**-24)
        tau = -1 / np.log(f).mean(axis=(0, 1))
        before, now = run["c"][:, w - 1 : -1], run["c"][:, w:]
        poured, size = run["i"][:, w:] * run["g"][:, w:], np.abs(before).mean()
        h, c, other = run["h"][:, w - 1], run["c"][:, w - 1], np.arange(len(x)) - 1
        shut = lstm.run(x[:, w:], h, c, {"f": 1.0, "i": 0.0})["c"]
        drained = lstm.run(x[:, w : w + 1], h, c, {"f": 0.0, "i": 0.0})["c"]
        nxt = run["c"][:, w]
        change = np.abs(nxt - c).mean()
        return {
            "flow.decomposition_error": np.abs(sum(parts) - run["c"][:, -1]).max(),
            "flow.mean_age": (sizes * ages).sum() / sizes.sum(),
            "flow.old_share": 100 * sizes[ages > OLD].sum() / sizes.sum(),
            "flow.time_constant": float(np.median(tau)),
            "flow.time_constant_max": tau.max(),
            "flow.leak": 100 * np.abs(before - run["f"][:, w:] * before).mean() / size,
            "flow.inflow": 100 * np.abs(poured).mean() / size,
            "flow.net": 100 * np.abs(now - before).mean() / size,
            "flow.held_error": np.abs(shut - c[:, None]).max(),
            "flow.emptied": np.abs(drained).max(),
            "flow.gap_lost": lost_after(lstm.run(0 * x[:, w:], h, c)["y"], self.target[:, w:]),
            "flow.sample_between_error": np.abs(self._between(lstm, h, c, nxt) - x[:, w]).max(),
            "flow.steered_by_input": 100 * np.abs(lstm.step(x[other, w], h, c)["c"] - nxt).mean() / change,
            "flow.steered_by_hidden": 100 * np.abs(lstm.step(x[:, w], h[other], c)["c"] - nxt).mean() / change,
        }

    def _between(self, lstm: Lstm, h: Array, c: Array, nxt: Array) -> Array:
        """Return the sample that leads nearest to the next cell state: the best of a row, and from there ever smaller steps."""
        low, high = self.x.min(), self.x.max()

        def off(x: Array) -> Array:
            return np.asarray(((lstm.step(x, h, c)["c"] - nxt) ** 2).sum(axis=1))

        tried = np.linspace(low, high, 2001)
        x = tried[np.argmin([off(np.full(len(h), each)) for each in tried], axis=0)]
        width = (high - low) / 2000
        for _ in range(80):
            left, right = x - width / 2, x + width / 2
            three = np.stack([off(left), off(x), off(right)])
            x = np.choose(three.argmin(axis=0), [left, x, right])
            width *= 0.7
        return np.asarray(np.clip(x, low, high))

    def _paths(self, number: int, world: str, lstm: Lstm, run: dict[str, Array]) -> dict[str, float]:
        """Return what a nudge of c does, by path; a nudge of c moves the h that is shown of it in the same timestep."""
        w = self.warm_up
        lags, followed = self.array(f"networks.{number}.{world}.jacobian").shape[:2]
        units = len(lstm.v)
        x, f, o = self.x[:followed], run["f"][:followed], run["o"][:followed, w - 1]
        full = np.empty((followed, lags, units, units))
        for unit in range(units):
            c = run["c"][:followed, w - 1] + 1j * STEP * np.eye(units)[unit]
            moved = lstm.run(x[:, w : w + lags - 1], o * np.tanh(c), c)["c"]
            full[:, 0, :, unit] = np.eye(units)[unit]
            full[:, 1:, :, unit] = moved.imag / STEP
        kept = np.ones((followed, lags, units))
        for lag in range(1, lags):
            kept[:, lag] = kept[:, lag - 1] * f[:, w + lag - 1]
        direct = kept[..., None] * np.eye(units)
        found: dict[str, float] = {}
        at = min(LAG, lags - 1)
        paths = {"direct": direct, "detour": full - direct, "full": full}
        for norm in ("", "_spectral"):
            size = {
                path: np.linalg.norm(d, 2, axis=(2, 3)).mean(axis=0)
                if norm
                else np.sqrt((d**2).sum(axis=(2, 3)) / units).mean(axis=0)
                for path, d in paths.items()
            }
            found |= {f"flow.{path}{norm}_at_lag": curve[at] for path, curve in size.items()}
            if not norm:
                of_units = sorted((kept[:, at] ** 2).sum(axis=0))
                found["flow.few_share"] = 100 * sum(of_units[-FEW:]) / sum(of_units)
            ahead = [lag for lag in range(lags) if size["detour"][lag] > size["direct"][lag]]
            found[f"flow.overtaken{norm}"] = ahead[0] if ahead else lags
        return found

    def _pictures(self, lstm: Lstm, run: dict[str, Array]) -> dict[str, float]:
        w, x, fit = self.warm_up, self.x, 3 * len(self.x) // 4
        c = run["c"][:, w:]
        found: dict[str, float] = {}
        for name, label in (
            ("phase", np.cos(self.phase[:, w:])),
            ("frequency", np.repeat(1 / self.period[:, None], c.shape[1], axis=1)),
        ):
            r2 = read_by_line(c, label)
            found |= {f"snapshot.{name}_r2": r2, f"snapshot.{name}_unexplained": 1 - r2}
        seen = np.concatenate([c, np.tanh(c)], axis=2)
        mean, shown = seen[:fit].mean(axis=(0, 1)), run["h"][:fit, w:].mean(axis=(0, 1))
        rows = (seen[:fit] - mean).reshape(-1, seen.shape[2])
        values, turn = np.linalg.eigh(rows.T @ rows / len(rows))  # the ridge as it acts on principal components
        toward = turn.T @ (rows.T @ (run["h"][:fit, w:] - shown).reshape(-1, c.shape[2])) / len(rows)
        table = turn @ (toward / (values + 1e-6)[:, None])
        at = run["c"][fit:, w - 1]
        told = (np.concatenate([at, np.tanh(at)], axis=1) - mean) @ table + shown
        for words, h in (("zero", np.zeros_like(told)), ("told", told)):
            y = lstm.run(x[fit:, w : w + 1], h, at)["y"][:, 0]
            found[f"snapshot.off_with_h_{words}"] = np.sqrt(mse(y, run["y"][fit:, w]))
        found["snapshot.off_anyway"] = np.sqrt(mse(run["y"][fit:, w:], self.target[fit:, w:]))
        shares, turns = [], []
        for wave, angle in zip(c, self.phase[:, w:], strict=True):
            centred = wave - wave.mean(axis=0)
            value, axes = np.linalg.eigh(centred.T @ centred)
            shares.append(value[-2:].sum() / value.sum())
            plane = centred @ axes[:, -2:]
            z = plane[:, -1] + 1j * (plane[:, 0] if plane.shape[1] > 1 else 0)
            turns.append(abs(np.angle(z[1:] * z[:-1].conj()).sum()) / (angle[-1] - angle[0]))
        return found | {"snapshot.plane_share": 100 * np.mean(shares), "snapshot.turns": float(np.median(turns))}

    def _foreign(self, lstm: Lstm, run: dict[str, Array]) -> dict[str, float]:
        """Return what comes of another wave's state, and of a long time alone."""
        w, x, other = self.warm_up, self.x, np.arange(len(self.x)) - 1
        rest = x.shape[1] - w
        horizon = min(25, rest)
        h, c = run["h"][other, w - 1], run["c"][other, w - 1]

        own_h, own_c = run["h"][:, w - 1], run["c"][:, w - 1]

        def said(sample: Array, h: Array = h, c: Array = c) -> Array:
            now = lstm.step(sample, h, c)
            return lstm.alone(now["h"], now["c"], horizon)

        wave = self.target[:, w : w + horizon]
        found = {
            "snapshot.transplant_error_donor": mse(said(x[:, w]), wave[other]),
            "snapshot.transplant_error_host": mse(said(x[:, w]), wave),
            "snapshot.transplant_error_c": mse(said(x[:, w], h=own_h), wave[other]),
            "snapshot.transplant_error_h": mse(said(x[:, w], c=own_c), wave[other]),
            "snapshot.transplant_error_untouched": mse(said(x[other, w]), wave[other]),
        }
        apart = ((lstm.run(x[:, w:], h, c)["y"] - run["y"][:, w:]) ** 2).mean(axis=0)
        recovery = next((n for n in range(rest, 0, -1) if apart[n - 1] > apart[0] / 10), 0) + 1.0
        y = lstm.alone(run["h"][:, w - 1], run["c"][:, w - 1], LONG_RUN + 1)[:, -2 * x.shape[1] :]
        swings = (y.max(axis=1) - y.min(axis=1)) / 2 > SWING
        own = []
        for line, period in zip(y, self.period, strict=True):
            above = line > (line.max() + line.min()) / 2
            ups = np.flatnonzero(~above[:-1] & above[1:])
            own.append(len(ups) > 1 and abs((ups[-1] - ups[0]) / (len(ups) - 1) / period - 1) < 0.1)
        return found | {
            "snapshot.recovery": recovery,
            "snapshot.still_swinging": 100 * swings.mean(),
            "snapshot.period_kept": 100 * (swings & np.array(own)).mean(),
        }
