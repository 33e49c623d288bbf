"""The fruits of the sample."""

from __future__ import annotations

from sample.fruit import Fruit, Pose, Shape
from sample.growth import crown, leaves, scales, stem, together
from sample.skins import halves, rough, smooth

_CUT = (Pose(lean=0, tilt=62), Pose(lean=8, tilt=48))

FRUITS: tuple[Fruit, ...] = (
    Fruit(
        "Apple Gala",
        Shape(height=0.92, taper=-0.08, pit=0.30, pit_width=0.34, navel=0.20, lumps=0.015),
        smooth.apple,
        stem(length=0.42, width=0.035, foot=-0.04),
    ),
    Fruit(
        "Açaí",
        Shape(height=0.97, pit=0.03, pit_width=0.15, lumps=0.012),
        smooth.acai,
        poses=(Pose(tilt=20), Pose(lean=120, tilt=15)),
    ),
    Fruit(
        "Banana",
        Shape(height=4.2, bend=1.5, rib_count=5, ribs=0.05, pit=-0.12, pit_width=0.10, lumps=0.02),
        smooth.banana,
        poses=(Pose(roll=90, lean=90, tilt=52), Pose(roll=60, lean=90, tilt=38)),
    ),
    Fruit(
        "Cantaloupe 1",
        Shape(height=1.0, rib_count=10, ribs=0.012, pit=0.04, navel=0.03),
        rough.cantaloupe,
        stem(length=0.10, width=0.07, foot=-0.03, code="#8a7a4a"),
    ),
    Fruit(
        "Cherry",
        Shape(height=0.92, pit=0.22, pit_width=0.35, navel=0.05, taper=-0.06),
        smooth.cherry,
        stem(length=1.5, width=0.028, foot=-0.04, bend=0.35, code="#7d8a3a"),
    ),
    Fruit(
        "Dragon Fruit",
        Shape(height=1.22, lumps=0.02),
        rough.dragon_fruit,
        scales(count=30),
    ),
    Fruit(
        "Grapefruit Half",
        Shape(height=0.95, cut=halves.GRAPEFRUIT_CUT, lumps=0.01),
        halves.grapefruit,
        poses=_CUT,
    ),
    Fruit(
        "Kiwi Half",
        Shape(height=1.1, cut=halves.KIWI_CUT, lumps=0.02),
        halves.kiwi,
        poses=_CUT,
    ),
    Fruit(
        "Lime",
        Shape(height=1.12, navel=-0.14, navel_width=0.22, pit=-0.04, pit_width=0.2),
        rough.lime,
        poses=(Pose(lean=90, tilt=15), Pose(lean=20, tilt=25)),
    ),
    Fruit(
        "Lychee",
        Shape(height=1.08, taper=-0.06),
        rough.lychee,
        stem(length=0.25, width=0.05, foot=-0.03),
    ),
    Fruit("Orange", Shape(height=0.96, pit=0.05, pit_width=0.2, navel=0.04), rough.orange),
    Fruit(
        "Peach",
        Shape(height=0.95, pit=0.22, pit_width=0.35, navel=-0.06, navel_width=0.2),
        smooth.peach,
    ),
    Fruit(
        "Pear",
        Shape(height=1.42, taper=0.12, neck=0.27, navel=0.10),
        smooth.pear,
        stem(length=0.40, width=0.04, foot=-0.04),
        poses=(Pose(tilt=10), Pose(lean=16, tilt=24)),
    ),
    Fruit(
        "Pineapple",
        Shape(height=1.35, lumps=0.01),
        rough.pineapple,
        crown(rings=5, foot=-0.05),
        poses=(Pose(tilt=8), Pose(lean=10, tilt=28)),
    ),
    Fruit(
        "Plum",
        Shape(height=1.15, pit=0.10, pit_width=0.25),
        smooth.plum,
        stem(length=0.30, width=0.03, foot=-0.04),
    ),
    Fruit(
        "Pomegranate",
        Shape(height=0.95, rib_count=6, ribs=0.02, pit=-0.16, pit_width=0.28, lumps=0.03),
        rough.pomegranate,
        leaves(6, 0.42, 0.17, -0.06, 2.2, -0.10, ("#a83a30", "#c87a4a"), spread=0.13),
    ),
    Fruit(
        "Raspberry",
        Shape(height=1.15, taper=-0.16, lumps=0.03),
        rough.raspberry,
        leaves(5, 0.75, 0.16, 0.02, 0.30, 0.3, ("#6f9a44", "#5a8434")),
    ),
    Fruit(
        "Star Fruit",
        Shape(height=1.55, rib_count=5, ribs=0.33, lumps=0.02),
        smooth.star_fruit,
        poses=(Pose(lean=12, tilt=18), Pose(roll=18, lean=90, tilt=28)),
    ),
    Fruit(
        "Strawberry",
        Shape(height=1.18, taper=-0.24, lumps=0.025),
        rough.strawberry,
        together(
            leaves(9, 0.85, 0.17, 0.02, 0.25, 0.30, ("#5f9434", "#3f7a26")),
            stem(length=0.4, width=0.035, foot=-0.03, code="#6f9a3a"),
        ),
    ),
    Fruit(
        "Watermelon",
        Shape(height=1.12, pit=0.03, navel=0.02, lumps=0.015),
        rough.watermelon,
        stem(length=0.14, width=0.045, foot=-0.03, code="#7a7a3a"),
        poses=(Pose(lean=85, tilt=10), Pose(lean=25, tilt=25)),
    ),
)
