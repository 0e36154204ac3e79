/* SPDX-License-Identifier: Apache-2.0 */
/* --format of the commands that list rows and of those that show objects. */
#ifndef ONGGI_CLI_FORMAT_H
#define ONGGI_CLI_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/value.h"

/* A field of a row and what stands above its column; ends with a NULL field. */
struct format_column {
	const char *field;  /* "ID": {{.ID}} */
	const char *header; /* "CONTAINER ID" */
};

struct format_rows {
	const char *format;   /* of --format; NULL or "": `standard` */
	const char *standard; /* "table {{.ID}}\t{{.Image}}" */
	const struct format_column *columns;
	bool no_heading;
};

/*
 * Append rows as a person asked for them: "table TEMPLATE" is a table with headers (columns are
 * parted by tabs), "table" alone the standard one, "json" an object a line, anything else a
 * template that is run for each row and followed by a newline. \t, \n and \\ are understood.
 *
 * rows  n structs that have every field of the columns
 * Errors: those of templates; they come out even when there is no row
 */
int format_rows(const struct format_rows *f, const struct value *const *rows, size_t n,
		struct buf *out, struct err *err);
/*
 * Append one object: format NULL or "": JSON, indented by 4; "json": on one line; else a template.
 * A newline follows.
 */
int format_object(const char *format, const struct value *v, struct buf *out, struct err *err);

#endif
