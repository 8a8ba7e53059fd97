# Run a script with Rlabkey's functions replaced by ones that write their arguments as JSON.
library <- function(...) invisible(NULL)
names_of <- c(EQUAL = "eq", GREATER_THAN = "gt", CONTAINS = "contains", MISSING = "isblank", IN = "in")
makeFilter <- function(...) {
  filters <- list()
  for (each in list(...)) filters[[paste0("query.", each[1], "~", names_of[[each[2]]])]] <- each[3]
  filters
}
labkey.selectRows <- function(baseUrl, folderPath, schemaName, queryName, viewName = NULL, colSelect = NULL,
                              colSort = NULL, colFilter = NULL, containerFilter = NULL, parameters = NULL,
                              colNameOpt = NULL) {
  ignores <- identical(colFilter[["query.ignoreFilter"]], "1")
  colFilter[["query.ignoreFilter"]] <- NULL
  keys <- sub("^query\\.", "", names(colFilter))
  pairs <- lapply(seq_along(keys), function(at) {
    cut <- regexpr("~[^~]*$", keys[at])
    list(substr(keys[at], 1, cut - 1), substring(keys[at], cut + 1), colFilter[[at]])
  })
  given <- list()
  for (each in parameters) given[[sub("=.*", "", each)]] <- sub("^[^=]*=", "", each)
  asked <- list(url = baseUrl, folder = folderPath, schema = schemaName, query = queryName, view = viewName,
                columns = if (is.null(colSelect)) "" else colSelect, filters = pairs,
                sort = if (is.null(colSort)) "" else colSort,
                containerFilter = if (is.null(containerFilter)) "" else containerFilter,
                parameters = if (length(given)) given else structure(list(), names = character()))
  if (ignores) asked$ignores <- TRUE
  cat(jsonlite::toJSON(asked, auto_unbox = TRUE))
}
source(commandArgs(trailingOnly = TRUE)[1], encoding = "UTF-8")
