"""In a page, in place of msgspec, which is compiled: all was validated when the site was built, so nothing is here."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Annotated, Any, dataclass_transform, get_args, get_origin, get_type_hints


class ValidationError(ValueError):
    """Never raised."""


class Meta:
    """A constraint that is not looked at."""

    def __init__(self, **constraints: Any) -> None:
        pass


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Struct:
    """A frozen record made by keywords, with the tag of its kind."""

    __struct_config__ = SimpleNamespace(tag=None)

    def __init_subclass__(cls, *, tag: str | None = None, **options: Any) -> None:
        cls.__struct_config__ = SimpleNamespace(tag=tag)
        for name, value in list(vars(cls).items()):
            if isinstance(value, dict) and name in cls.__annotations__:
                setattr(cls, name, field(default_factory=value.copy))
        dataclass(frozen=True, kw_only=True)(cls)


def convert(value: Any, to: Any) -> Any:
    """Make records of what TOML holds."""
    if get_origin(to) is Annotated:
        return convert(value, get_args(to)[0])
    if get_origin(to) is tuple:
        return tuple(convert(one, get_args(to)[0]) for one in value)
    if isinstance(to, type) and issubclass(to, Struct):
        hints = get_type_hints(to)
        return to(**{name: convert(one, hints[name]) for name, one in value.items()})
    return value
