// Take the script out of its element as a browser would, and run it with LABKEY replaced.
"use strict";
const fs = require("fs");
const vm = require("vm");
const page = fs.readFileSync(process.argv[2], "utf8");
const [, text] = /^<script type="text\/javascript">([\s\S]*?)<\/script\s*>/i.exec(page);
if (page.indexOf("</script") !== page.lastIndexOf("</script")) throw new Error("more than one end of the element");
const suffixes = { EQUAL: "eq", GREATER_THAN: "gt", CONTAINS: "contains", ISBLANK: "isblank", IN: "in" };
const LABKEY = {
  Filter: {
    Types: suffixes,
    getFilterTypeForURLSuffix: (suffix) => suffix,
    create: (column, value, type) => [column, type, value],
  },
  Query: {
    selectRows: (asked) => process.stdout.write(JSON.stringify({
      folder: asked.containerPath, schema: asked.schemaName, query: asked.queryName, view: asked.viewName || "",
      columns: asked.columns || "", filters: asked.filterArray || [], sort: asked.sort || "",
      containerFilter: asked.containerFilter || "", parameters: asked.parameters || {},
      ...(asked.ignoreFilter ? { ignores: true } : {}),
    })),
  },
};
vm.runInNewContext(text, { LABKEY, alert() {} });
