"""Descriptors are filed under the release of OpenCV that finds them."""

from importlib.metadata import version

import pytest

from verger.contract import OPENCV
from verger.errors import VergerError
from verger.stages.extract_descriptors import check_opencv


def test_another_opencv_than_the_planned_one_is_refused_with_what_to_do():
    check_opencv(version(OPENCV))
    with pytest.raises(VergerError, match=r"planned for OpenCV 4\.1\.0, .*`make publish`"):
        check_opencv("4.1.0")
