"""Pages as visitors get them, over real HTTP."""

import gzip
import re

import pytest


async def open_page(node, path, **headers):
    """(response, body) of a page as a browser asks for it."""
    response = await node.get(path, "text/html,application/xhtml+xml", **headers)
    return response, await response.text()


@pytest.mark.parametrize("path", ["/@amal", "/@tanmia"])
async def test_a_page_has_one_heading_its_language_and_its_name(node, path):
    response, body = await open_page(node, path)

    assert response.status == 200
    assert len(re.findall(r"<h1\b", body)) == 1
    assert re.search(r'<html lang="ar-MA" dir="rtl">', body)
    assert re.search(r'<body data-page="(member|association)">', body)


async def test_what_is_not_there_is_an_error_page(node):
    response, body = await open_page(node, "/@nobody")

    assert response.status == 404
    assert '<body data-page="error">' in body and len(re.findall(r"<h1\b", body)) == 1
