# What an exported script needs of Rlabkey, in the requests that Rlabkey makes, with the key from ~/.netrc.
library <- function(...) invisible(NULL)
operators <- c(EQUAL = "eq", GREATER_THAN_OR_EQUAL = "gte", MISSING = "isblank", NOT_MISSING = "isnonblank")
makeFilter <- function(...) {
  filters <- list()
  for (each in list(...)) filters[[paste0("query.", each[1], "~", operators[[each[2]]])]] <- each[3]
  filters
}
labkey.selectRows <- function(baseUrl, folderPath, schemaName, queryName, viewName = NULL, colSelect = NULL,
                              colSort = NULL, colFilter = NULL, containerFilter = NULL, parameters = NULL,
                              colNameOpt = NULL) {
  httr::set_config(httr::config(netrc = 1, netrc_file = file.path(Sys.getenv("HOME"), ".netrc")))
  who <- httr::content(httr::GET(paste0(baseUrl, "/login/whoAmI.view"), httr::config(httpauth = 1L)), "parsed")
  asked <- c(list(schemaName = schemaName, queryName = queryName, query.columns = colSelect, query.sort = colSort,
                  query.maxRows = "-1", apiVersion = "8.3"), colFilter)
  body <- jsonlite::toJSON(asked[!sapply(asked, is.null)], auto_unbox = TRUE)
  answer <- httr::POST(paste0(baseUrl, "/query", utils::URLencode(folderPath), "/selectRows.api"), body = body,
                       httr::content_type("application/json;charset=utf-8"), httr::add_headers("X-LABKEY-CSRF" = who$CSRF))
  httr::stop_for_status(answer)
  jsonlite::fromJSON(httr::content(answer, "text", encoding = "UTF-8"))$rows
}
source(commandArgs(trailingOnly = TRUE)[1], encoding = "UTF-8")
cat(jsonlite::toJSON(labkey.data[, c("age", "sex", "status")]))
