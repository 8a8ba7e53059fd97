// What an exported script needs of LABKEY, and a page to run it in: requests are made by curl, with ~/.netrc.
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs");
const vm = require("vm");
const [, , file, base] = process.argv;
const [, text] = /^<script type="text\/javascript">([\s\S]*)<\/script>\s*$/.exec(fs.readFileSync(file, "utf8"));
const LABKEY = {
  Filter: {
    Types: { GREATER_THAN_OR_EQUAL: "gte", NONBLANK: "isnonblank" },
    create: (column, value, type) => [`query.${column}~${type}`, value],
  },
  Query: {
    selectRows(asked) {
      const query = new URLSearchParams([
        ["schemaName", asked.schemaName], ["query.queryName", asked.queryName], ["query.columns", asked.columns],
        ["query.sort", asked.sort], ["apiVersion", String(asked.requiredVersion)], ...(asked.filterArray || []),
      ]);
      const url = `${base}${encodeURI(asked.containerPath)}/query-selectRows.api?${query}`;
      asked.success(JSON.parse(execFileSync("curl", ["--netrc", "-fsS", url], { encoding: "utf8" })));
    },
  },
};
vm.runInNewContext(text, { LABKEY, alert: (text) => process.stdout.write(text) });
