"""What is to be carried out: one job for each case of each setting."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from itertools import product
from typing import Any, get_type_hints

import msgspec

from reportgen.errors import ReportgenError, nearest
from reportgen.study import Study

VARIANT = "variant"
"""The axis of architectures, which is no setting of the experiment."""

MOST_CASES = 1_000_000


@dataclass(frozen=True)
class Setting:
    """Under what cases are carried out: an experiment and a variant, "" for the study's own; `values` are what a row says of them."""

    experiment: Any
    variant: str
    values: Mapping[str, Any]


def setting_of(study: Study[Any, Any], experiment: Any, variant: str = "") -> Setting:
    """Return the setting of an experiment; of how many cases it is one says nothing of any of them."""
    values = {name: value for name, value in asdict(experiment).items() if name != study.case[1]}
    return Setting(experiment, variant, values | {VARIANT: variant})


@dataclass(frozen=True)
class Job:
    """One case, counted from 1, under one setting."""

    setting: Setting
    number: int

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from every other job of the same source."""
        return (*self.setting.values.values(), self.number)


@dataclass(frozen=True)
class Plan:
    """Cases 1 to `cases` under every combination of the axes; `over` gives the values of each by name."""

    study: Study[Any, Any]
    base: Any
    cases: int
    over: Mapping[str, tuple[Any, ...]]

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """Every setting, the base first if it is among them. Raises ReportgenError where values do not go together."""
        made = []
        for values in product(*self.over.values()):
            changed = dict(zip(self.over, values, strict=True))
            variant = changed.pop(VARIANT, "")
            try:
                experiment = replace(self.base, **changed)
            except ValueError as error:
                raise ReportgenError(
                    f"--over {', '.join(f'{k}={v}' for k, v in changed.items())}: {_told(error)}"
                ) from None
            made.append(setting_of(self.study, experiment, variant))
        return tuple(sorted(made, key=lambda setting: (setting.experiment != self.base, setting.variant != "")))

    def jobs(self) -> Iterator[Job]:
        """Yield every job, case by case, so that what is there of a study that was cut short is of all settings alike."""
        for number in range(1, self.cases + 1):
            for setting in self.settings:
                yield Job(setting, number)


def read_plan(study: Study[Any, Any], base: Any, cases: int, over: Sequence[str]) -> Plan:
    """Return the plan of `--networks N --over name=value,value …`; raises ReportgenError where it makes no sense."""
    if study.measure_case is None:
        raise ReportgenError(f"the study {study.name!r} cannot carry out its {study.case[1]} one by one")
    if not 1 <= cases <= MOST_CASES:
        raise ReportgenError(f"--networks is {cases}: must be from 1 to {MOST_CASES:,}")
    axes: dict[str, tuple[Any, ...]] = {}
    for given in over:
        name, equals, values = given.partition("=")
        name = name.strip()
        known = [each.name for each in fields(study.settings) if each.name != study.case[1]]
        known += [VARIANT] if study.variants else []
        if not equals or not values.strip():
            raise ReportgenError(f"--over {given}: write it as NAME=VALUE,VALUE")
        if name in axes:
            raise ReportgenError(
                f"--over {given}: {name} is given twice; write its values behind one another, with commas"
            )
        if name not in known:
            raise ReportgenError(f"--over {given}: there is no setting {name!r}{nearest(name, known)}")
        axes[name] = tuple(
            dict.fromkeys(_value(study, name, value.strip()) for value in _expanded(study, name, values))
        )
    plan = Plan(study, base, cases, axes)
    _ = plan.settings  # says now what does not go together
    return plan


def _expanded(study: Study[Any, Any], name: str, values: str) -> list[str]:
    return ["none", *study.variants] if name == VARIANT and values.strip() == "all" else values.split(",")


def _value(study: Study[Any, Any], name: str, text: str) -> Any:
    if name == VARIANT:
        if text != "none" and text not in study.variants:
            raise ReportgenError(
                f"--over {VARIANT}: there is no variant {text!r}{nearest(text, ('none', 'all', *study.variants))}"
            )
        return "" if text == "none" else text
    kind = get_type_hints(study.settings)[name]
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError:
        raise ReportgenError(
            f"--over {name}: {text!r} is not {'a whole number' if kind is int else 'a number'}"
        ) from None


def _told(error: ValueError) -> str:
    return str(error) if len(error.args) == 1 else " ".join(map(str, error.args))
