/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/term.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/parse.h"
#include "cli/utf8.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MAX     10000

unsigned term_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {0};
	int64_t v;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns && parse_int(columns, 1, WIDTH_MAX, &v, NULL) == 0)
		return (unsigned)v;
	return WIDTH_DEFAULT;
}

unsigned term_text_width(const char *s)
{
	unsigned width = 0;
	size_t len;

	for (; *s; s += len)
		width += utf8_columns(utf8_decode(s, &len));
	return width;
}
