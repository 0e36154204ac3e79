/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the terminal that a person looks at. */
#ifndef ONGGI_CLI_TERM_H
#define ONGGI_CLI_TERM_H

/* Columns of the terminal at fd, COLUMNS from the environment, or 80. */
unsigned term_width(int fd);
/* Columns that UTF-8 text takes; invalid bytes count one. */
unsigned term_text_width(const char *s);

#endif
