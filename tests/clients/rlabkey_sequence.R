# The requests of Rlabkey 3.4 for labkey.selectRows() and labkey.getSchemas() with credentials in a netrc file.
arguments <- commandArgs(trailingOnly = TRUE)
url <- arguments[1]
httr::set_config(httr::config(netrc = 1, netrc_file = arguments[2], followlocation = TRUE))

# Basic is pinned on GET; POST keeps the transport's default, which sends no credentials unasked.
basic <- httr::config(httpauth = 1L)
who <- httr::content(httr::GET(paste0(url, "/login/whoAmI.view"), basic), "parsed", type = "application/json")
token <- httr::add_headers("X-LABKEY-CSRF" = who$CSRF)

body <- paste0('{"schemaName":"pbc","queryName":"lung","query.columns":"age,sex,status","query.sort":"age",',
  '"query.age~gte":"80","query.maxRows":"-1","apiVersion":"8.3","includeDisplayValues":"true"}')
type <- httr::content_type("application/json;charset=utf-8")
answer <- httr::POST(paste0(url, "/query/home/selectRows.api"), body = body, type, token)
httr::stop_for_status(answer)
rows <- jsonlite::fromJSON(httr::content(answer, "text", encoding = "UTF-8"), simplifyVector = TRUE)

schemas <- httr::GET(paste0(url, "/query/home/getSchemas.view?apiVersion=9.3"), basic)
names <- names(httr::content(schemas, "parsed", type = "application/json"))
cat(jsonlite::toJSON(list(
  who = jsonlite::unbox(who$email), fields = rows$metaData$fields$name, headers = rows$columnModel$header,
  ages = rows$rows$age, schemas = names
)), "\n")
