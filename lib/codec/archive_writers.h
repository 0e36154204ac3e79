/* SPDX-License-Identifier: Apache-2.0 */
/* The one archive format that is written. Private to codec. */
#ifndef ONGGI_CODEC_ARCHIVE_WRITERS_H
#define ONGGI_CODEC_ARCHIVE_WRITERS_H

#include <archive.h>

/*
 * Set a new libarchive writer to restricted pax (ustar wherever it suffices, POSIX.1-2001 pax) with
 * extended attributes as SCHILY.xattr, the form that every container tool reads. Returns
 * libarchive's status.
 */
int archive_writers_set_pax(struct archive *a);

#endif
