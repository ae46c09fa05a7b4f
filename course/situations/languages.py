r"""A language model for a language with little text: the next letter, given this one.

Groups are languages, sparse because little of some was ever written down. The row of letter h is
:math:`p_h \sim \text{Dirichlet}(c\,q_h + d\,u)`, with :math:`q_h` what follows h in the related languages and u the
language's own letter frequencies. Exchangeable within a family; a language from elsewhere breaks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from course import data
from course.marginal import log_rising
from course.situations.scores import Scores
from course.validate import FloatArray, as_rng, as_whole

Codes = NDArray[np.intp]

GERMANIC = (
    *("Danish", "Norwegian Bokmål", "Norwegian Nynorsk", "Swedish", "Faroese", "Icelandic"),
    *("German", "Dutch", "Afrikaans", "English"),
)
JUDGED = 1500  # letters of the rare language that judge
# Paragraphs before article 16, where all texts are halved; some leave out or join a paragraph before it.
_BEFORE = {"Icelandic": 28, "Dutch": 28, "German": 29}
_BEFORE_16 = 30  # in the others
_REACH = (-4.0, 12.0)  # of log c


class Halves(NamedTuple):
    """The first half of a text, read by its family, and the second, in which it is a rare language itself."""

    first: Codes
    second: Codes


class Library(NamedTuple):
    """All texts as numbers of letters; ``letters[code]`` is the letter, the blank among them."""

    letters: str
    texts: dict[str, Halves]


def plain(text: str) -> str:
    """Lower case, with everything but letters turned into single blanks."""
    return " ".join("".join(c if c.isalpha() else " " for c in text.lower()).split())


@cache
def library() -> Library:
    """The Universal Declaration of Human Rights in twelve languages, halved before article 16."""
    rows = data.load("declarations")
    paragraphs = {name: rows.text[rows.language == name] for name in dict.fromkeys(rows.language.tolist())}
    halves = {
        name: (plain(" ".join(parts[:cut])), plain(" ".join(parts[cut:])))
        for name, parts in paragraphs.items()
        for cut in [_BEFORE.get(name, _BEFORE_16)]
    }
    letters = "".join(sorted(set("".join(first + second for first, second in halves.values()))))
    place = {letter: code for code, letter in enumerate(letters)}
    texts = {
        name: Halves(*(np.array([place[c] for c in half], dtype=np.intp) for half in pair))
        for name, pair in halves.items()
    }
    return Library(letters, texts)


def follows(codes: Codes, size: int) -> FloatArray:
    """How often each letter follows each: shape (size, size), row the letter before."""
    found = np.bincount(size * codes[:-1] + codes[1:], minlength=size * size)
    return found.reshape(size, size).astype(float)


def log_likelihood(counts: FloatArray, prior: FloatArray) -> float:
    r"""Log marginal likelihood of rows of counts whose chances are Dirichlet(prior), the chances integrated out.

    :math:`\sum_h \sum_k \log a_{hk}^{(n_{hk})} - \log a_h^{(n_h)}`, in rising factorials and without the multinomial
    coefficients: it is, letter by letter, the chance (n + a) / (N + a) that was given to what came.

    Parameters
    ----------
    counts : ndarray, shape (rows, letters)
        How often each letter followed.
    prior : ndarray, same shape
        Positive parameters a of each row's prior, in letters; their sum is the concentration.

    References
    ----------
    MacKay and Bauman Peto (1995), A hierarchical Dirichlet language model, Natural Language Engineering 1(3), 289-308.
    """
    seen, rows = counts > 0, counts.sum(axis=1)
    whole = prior.sum(axis=1)[rows > 0]
    return float(log_rising(prior[seen], counts[seen]).sum() - log_rising(whole, rows[rows > 0]).sum())


def learned(counts: FloatArray, voices: Sequence[FloatArray]) -> FloatArray:
    """How much each voice counts in the prior of every row, by the highest marginal likelihood.

    Parameters
    ----------
    counts : ndarray, shape (rows, letters)
        How often each letter followed.
    voices : sequence of ndarray, each of a shape that broadcasts to that of the counts
        Chances of the next letter, positive.

    Returns
    -------
    ndarray, shape (len(voices),)
        Concentrations in letters, within e^-4 to e^12: a voice that does not help gets next to nothing.
    """

    def prior(logs: FloatArray) -> FloatArray:
        return np.asarray(sum(np.exp(u) * np.broadcast_to(q, counts.shape) for u, q in zip(logs, voices, strict=True)))

    def loss(logs: FloatArray) -> float:
        inside = np.clip(logs, *_REACH)
        return -log_likelihood(counts, prior(inside)) + float(np.sum((logs - inside) ** 2))

    start = np.full(len(voices), 2.0)
    found = scipy.optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 0.01, "fatol": 0.01})
    return np.asarray(np.exp(np.clip(found.x, *_REACH)))


def chances(counts: FloatArray, prior: FloatArray) -> FloatArray:
    """Posterior mean of every row: (n + a) / (N + sum of a), shape (letters, letters)."""
    total = counts + prior
    return np.asarray(total / total.sum(axis=1, keepdims=True))


def frequencies(counts: FloatArray) -> FloatArray:
    """How frequent each letter is, with one added to every count: shape (letters,)."""
    letters = counts.sum(axis=0) + 1.0
    return np.asarray(letters / letters.sum())


def alone(counts: FloatArray) -> FloatArray:
    """A language from its own text, as well as that can be done: each row leans on the letter frequencies."""
    voice = np.broadcast_to(frequencies(counts), counts.shape)
    return chances(counts, learned(counts, [voice])[0] * voice)


def bits(table: FloatArray, codes: Codes) -> float:
    """Bits per letter that a table of chances needs for a text: minus the mean log (base 2) chance of what came."""
    return float(-np.mean(np.log2(table[codes[:-1], codes[1:]])))


class Tables(NamedTuple):
    """Chances of the next letter, each of shape (letters, letters).

    Under the three poolings; with one added to each count of the language itself; and with the family as the only voice
    in the prior. ``weight`` has what partial pooling learned, in letters: of the family, of the own frequencies.
    """

    none: FloatArray
    complete: FloatArray
    partial: FloatArray
    add_one: FloatArray
    family_only: FloatArray
    weight: FloatArray


def estimates(own: FloatArray, family: FloatArray) -> Tables:
    """The three poolings, and two ways that are worse.

    Parameters
    ----------
    own, family : ndarray, shape (letters, letters)
        How often letters followed each other in the rare language, and in all of its family.
    """
    voices = [alone(family), np.broadcast_to(frequencies(own), own.shape)]
    weight = learned(own, voices)
    only = learned(own, voices[:1])[0] * voices[0]
    partial = chances(own, weight[0] * voices[0] + weight[1] * voices[1])
    return Tables(
        alone(own), alone(own + family), partial, chances(own, np.ones(own.shape)), chances(own, only), weight
    )


class Read(NamedTuple):
    """Bits per letter of the three poolings; of adding one, and of one voice, both of shape (replications,)."""

    scores: Scores
    add_one: FloatArray
    family_only: FloatArray


def play(language: str, family: Sequence[str], characters: int, replications: int, rng: np.random.Generator) -> Read:
    """Bits per letter of a language's second half, when so many letters of it were read before.

    Parameters
    ----------
    language : str
        The rare one; taken out of the family if it is there.
    family : sequence of str
        Languages whose first halves are read.
    characters : int
        Letters of the rare language that are read; the next `JUDGED` judge, from a random place, round the end.
    replications : int
        Random places.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Read
    """
    shelf = library()
    text, size = _text(shelf, language).second, len(shelf.letters)
    if as_whole("characters", characters, "it is how much is read") + JUDGED > text.size:
        raise ValueError(f"characters must leave {JUDGED} letters to judge, got {characters} of {text.size}")
    related = np.sum([follows(_text(shelf, name).first, size) for name in family if name != language], axis=0)
    if related.shape != (size, size):
        raise ValueError(f"family must have a language beside {language!r}, got {list(family)}")
    lost = np.empty((as_whole("replications", replications, "it is how many places are tried"), 5))
    for row in lost:
        turned = np.roll(text, -int(as_rng(rng).integers(text.size)))
        tables = estimates(follows(turned[:characters], size), related)
        judge = turned[characters - 1 : characters + JUDGED]
        row[:] = [bits(table, judge) for table in tables[:5]]
    return Read(Scores(*lost[:, :3].T), *lost[:, 3:].T)


def _text(shelf: Library, language: str) -> Halves:
    if language not in shelf.texts:
        raise ValueError(f"language must be one of {', '.join(shelf.texts)}, got {language!r}")
    return shelf.texts[language]
