"""In a page, in place of msgspec, which is compiled: cards were validated when the site was built, so none is here."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, dataclass_transform


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
