"""Routes, under the names moto looks for."""

from moto.emr.urls import url_bases as url_bases

from local_cloud.emr.responses import LocalEmrResponse

url_paths = {"{0}/$": LocalEmrResponse.dispatch}
