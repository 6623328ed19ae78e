# What JSON in one line means. Of a text with a control character or anything that a name or a path can't
# have, the escapes stay: it is nobody's.
function plain(json) {
    json = substr(json, 2, length(json) - 2)
    gsub(/\\u0026/, "\\&", json)
    gsub(/\\u003c/, "<", json)
    gsub(/\\u003e/, ">", json)
    gsub(/\\"/, "\"", json)
    gsub(/\\\\/, "\\", json)
    return json
}
