"""Photograph a specimen on its turntable: find its surface under each pixel, light it, develop."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from sample.body import MARGIN, Body, unplace
from sample.fields import GAMMA, Field, ramp
from sample.fruit import Pose
from sample.parts import ToPixels, draw_parts
from sample.sphere import COLUMNS, ROWS

SIDE = 100  # pixels of a photograph, as in Fruits-360

_FINE = 160  # drawn larger and reduced: edges become smooth
_COARSE = 25  # squares a side on which the first guess of the depth is made
_STEPS, _FINE_STEPS = 10, 2
_FILL = 0.97  # of the photograph is fruit: Fruits-360 is cut out tightly
_NOWHERE = np.float32(-1e3)
# Of the walk to the surface, in radii: longest stride, smallest change that tells a slope, and the
# least slope believed.
_STRIDE, _STILL, _FLATTEST = np.float32(0.4), np.float32(1e-4), np.float32(0.4)


@dataclass(frozen=True)
class Light:
    """The studio: direction of the key light (3), exposure and white balance (3) as factors, and
    the sensor's noise as a standard deviation in levels of 0..255."""

    key: Field
    exposure: float
    balance: Field
    noise: float = 1.6


@dataclass(frozen=True)
class Frame:
    """What the camera sees: ``turn`` (3 x 3) takes the body's axes to right, up and towards us;
    ``right`` and ``up`` of the picture's middle in radii; ``scale`` in fine pixels to a radius."""

    turn: Field
    right: float
    up: float
    scale: float


@dataclass(frozen=True)
class Surface:
    """Under each fine pixel: nearness to the camera, how much is covered (0..1), and where on the
    body's maps to look."""

    near: Field
    covered: Field
    column: Field
    row: Field


def studio(rng: np.random.Generator) -> Light:
    """A softbox at the upper left, never twice in quite the same place."""
    key = np.array([-0.45, 0.6, 0.75]) + rng.normal(0, 0.06, 3)
    key /= np.sqrt((key * key).sum())
    balance = 1 + rng.normal(0, 0.012, 3)
    return Light(key.astype(np.float32), rng.uniform(0.94, 1.06), balance.astype(np.float32))


def photograph(
    body: Body, pose: Pose, turned: float, light: Light, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """SIDE x SIDE x 3 (RGB) of a body turned by so many degrees, on white."""
    frame = _frame(body, pose, turned)
    surface = _surface(body, frame)
    colour = _lit(body, frame, surface, light)
    covered = surface.covered
    if body.parts:
        layer = draw_parts(body.parts, frame.turn, _to_pixels(frame), light.key, _FINE)
        visible = layer[..., 3] > np.where(covered > 0.5, surface.near, _NOWHERE)
        colour[visible] = layer[visible][:, :3]
        covered[visible] = 1
    return _develop(colour, covered, light, rng)


def _frame(body: Body, pose: Pose, turned: float) -> Frame:
    turn = _about(0, pose.tilt) @ _about(1, turned) @ _about(2, pose.lean) @ _about(1, pose.roll)
    reach = np.concatenate([body.outline, *(part.spine for part in body.parts)])
    right, up = (reach * turn[0]).sum(axis=1), (reach * turn[1]).sum(axis=1)
    size = max(np.ptp(right), np.ptp(up))
    middle = (float(right.max() + right.min()) / 2, float(up.max() + up.min()) / 2)
    return Frame(turn.astype(np.float32), *middle, float(_FINE * _FILL / size))


def _about(axis: int, degrees: float) -> npt.NDArray[np.float64]:
    """The rotation about one axis."""
    first, second = (i for i in range(3) if i != axis)
    turn = np.eye(3)
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn[first, first] = turn[second, second] = cosine
    turn[first, second], turn[second, first] = -sine, sine
    return turn


def _to_pixels(frame: Frame) -> ToPixels:
    def convert(right: Field, up: Field) -> Field:
        across = (right - frame.right) * frame.scale + _FINE / 2
        down = (frame.up - up) * frame.scale + _FINE / 2
        return np.stack([across, down], axis=-1)

    return convert


def _surface(body: Body, frame: Frame) -> Surface:
    """Find the surface at the photograph's size first, then from there at the fine size: walking
    all the way on every fine ray doubles the time of a photograph."""
    rough = _walk(body, frame, _first_guess(body, frame), _STEPS)
    start = np.where(rough.covered > 0, rough.near, _NOWHERE)
    beyond = cv2.dilate(start, np.ones((3, 3), np.uint8))  # an edge may lie inside the next pixel
    start = np.where(rough.covered > 0, start, beyond)
    fine = _walk(body, frame, _enlarged(start, _FINE), _FINE_STEPS)
    # Rays that graze an edge in front of the body are still on their way to what lies behind it.
    whole = cv2.morphologyEx(fine.covered, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return replace(fine, covered=np.asarray(whole, np.float32))


def _walk(body: Body, frame: Frame, near: Field, steps: int) -> Surface:
    """Go along every pixel's ray from ``near`` to the surface: by secants, and once a ray has been
    inside and outside, between these two points."""
    there = near > _NOWHERE
    near = np.where(there, near, 0)
    starts = _ray_starts(frame, len(near))
    slope = np.full_like(near, body.steepness)
    outside, inside = near + _STRIDE, np.full_like(near, _NOWHERE)
    above, column, row = _above(body, frame, starts, near)
    for _ in range(steps):
        outside, inside = np.where(above > 0, near, outside), np.where(above > 0, inside, near)
        ahead = near - np.clip(above / slope, -_STRIDE, _STRIDE)
        ahead = np.where((ahead > inside) & (ahead < outside), ahead, (inside + outside) / 2)
        before, moved = above, near - ahead
        near = ahead
        above, column, row = _above(body, frame, starts, near)
        moved = np.where(np.abs(moved) < _STILL, _STILL, moved)
        slope = np.clip((before - above) / moved, _FLATTEST, body.steepness)
    covered = np.clip(1.5 - above * np.float32(frame.scale), 0, 1)
    covered[inside > _NOWHERE] = 1
    covered[~there] = 0
    return Surface(near, covered, column, row)


def _ray_starts(frame: Frame, side: int) -> list[Field]:
    """Body coordinates x, y, z (side x side each) of the rays at nearness 0."""
    scale = frame.scale * side / _FINE
    pixels = (np.arange(side, dtype=np.float32) + 0.5 - side / 2) / np.float32(scale)
    right, up = (pixels + frame.right)[None, :], (frame.up - pixels)[:, None]
    return [right * frame.turn[0, i] + up * frame.turn[1, i] for i in range(3)]


def _above(
    body: Body, frame: Frame, starts: list[Field], near: Field
) -> tuple[Field, Field, Field]:
    """How far above the surface (in radii, negative inside), and where on the body's maps."""
    along = (start + near * frame.turn[2, i] for i, start in enumerate(starts))
    x, y, z = unplace(body.shape, *along)
    flat, azimuth = cv2.cartToPolar(x, z)
    distance, polar = cv2.cartToPolar(y, flat)
    column = azimuth * np.float32(COLUMNS / (2 * np.pi)) + np.float32(MARGIN)
    row = polar * np.float32(ROWS / np.pi) + np.float32(MARGIN - 0.5)
    radius = cv2.remap(body.radius, column, row, cv2.INTER_LINEAR)
    return distance - radius, column, row


def _first_guess(body: Body, frame: Frame) -> Field:
    """Nearness of the nearest outline point around each pixel, so at or above the surface."""
    right, up, near = ((body.outline * frame.turn[i]).sum(axis=1) for i in range(3))
    at = (_to_pixels(frame)(right, up) * (_COARSE / _FINE)).astype(np.int64)
    squares = np.full((_COARSE, _COARSE), _NOWHERE, np.float32)
    np.maximum.at(squares, (at[:, 1], at[:, 0]), near)
    return _enlarged(np.asarray(cv2.dilate(squares, np.ones((3, 3), np.uint8))), SIDE)


def _enlarged(field: Field, side: int) -> Field:
    return np.asarray(cv2.resize(field, (side, side), interpolation=cv2.INTER_NEAREST))


def _lit(body: Body, frame: Frame, surface: Surface, light: Light) -> Field:
    """Colour of each fine pixel in linear light: soft key light, sky, table and reflections."""
    paint = cv2.remap(body.colour, surface.column, surface.row, cv2.INTER_LINEAR)
    normal = cv2.remap(body.normal, surface.column, surface.row, cv2.INTER_LINEAR)
    nx, ny, nz = normal[..., 0], normal[..., 1], normal[..., 2]
    right, up, facing = (nx * row[0] + ny * row[1] + nz * row[2] for row in frame.turn)
    facing = np.clip(facing, 0, 1)
    key = right * light.key[0] + up * light.key[1] + facing * light.key[2]
    lamp = np.clip((key + 0.25) / 1.25, 0, 1)
    room = 0.30 + 0.10 * up + 0.10 * facing
    shine, rim = _reflections(right, up, facing, light)
    gloss = paint[..., 3]
    colour = paint[..., :3] * (0.86 * lamp + room)[..., None]
    colour += (gloss * shine + (0.03 + 0.10 * gloss) * rim)[..., None]
    return np.asarray(colour, np.float32)


def _reflections(right: Field, up: Field, facing: Field, light: Light) -> tuple[Field, Field]:
    """The softbox mirrored in the skin with its glow, and the white table along the rim."""
    mirrored_right, mirrored_up = 2 * facing * right, 2 * facing * up
    aside, above = mirrored_right - light.key[0], mirrored_up - light.key[1]
    box = ramp(0.20, 0.10, np.abs(aside)) * ramp(0.27, 0.15, np.abs(above))
    front = ramp(0.0, 0.4, facing)
    glow = np.exp(-(aside * aside + above * above) * np.float32(5))
    rim = 1 - facing
    return (0.55 * box + 0.13 * glow) * front, rim * rim * rim


def _develop(
    colour: Field, covered: Field, light: Light, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Fine linear light to a photograph: cut out on white, sensor noise, gamma."""
    share = cv2.resize(covered, (SIDE, SIDE), interpolation=cv2.INTER_AREA)[..., None]
    seen = cv2.resize(colour * covered[..., None], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    seen = seen * (np.float32(light.exposure) * light.balance) + (1 - share)
    levels = np.clip(seen, 0, 1) ** np.float32(1 / GAMMA) * 255
    levels += light.noise * rng.standard_normal(levels.shape, np.float32) * share
    return np.asarray(np.clip(levels + 0.5, 0, 255), np.uint8)
