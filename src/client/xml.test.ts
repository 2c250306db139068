import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { escapeXml } from "../protocol/query/query-xml.ts";
import { findChild, findXmlRoot } from "./xml.ts";

describe("XML of the query protocol", () => {
  it("reads elements, text and entities, and passes the rest over", () => {
    const root = findXmlRoot(
      '<?xml version="1.0"?>\n<!-- no <b> here --><a xmlns="urn:x"><b>1 &lt; 2 &#x41;&#66;&amp;amp;</b><c/><d>\n</d></a>\n',
    );
    assert.equal(root?.name, "a");
    assert.deepEqual(
      root?.children.map(({ name, text }) => [name, text]),
      [
        ["b", "1 < 2 AB&amp;"],
        ["c", ""],
        ["d", "\n"],
      ],
    );
    assert.equal(findChild(root, "b")?.text, "1 < 2 AB&amp;");
    assert.equal(findChild(root, "x"), undefined);
  });

  it("reads back every text that answers are written with", () => {
    const text = `"quotes" & <tags> \r\n\t ü 𝄞 ]]> '`;
    assert.equal(findXmlRoot(`<a>${escapeXml(text)}</a>`)?.text, text);
  });

  it("refuses what is not well formed, has a document type, or is too deep", () => {
    const deep = `${"<a>".repeat(40)}${"</a>".repeat(40)}`;
    const doctype = '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>';
    for (const text of ["", "x", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a", doctype, deep]) {
      assert.equal(findXmlRoot(text), undefined, text);
    }
  });
});
