"""Routes, under the names moto looks for."""

from moto.emrserverless.urls import url_bases as url_bases
from moto.emrserverless.urls import url_paths as moto_paths

from local_cloud.emr_serverless.responses import LocalServerlessResponse

url_paths = dict.fromkeys(moto_paths, LocalServerlessResponse.dispatch)
