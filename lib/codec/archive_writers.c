/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the writers that are never used out of the binary.
 *
 * libarchive's pax writer refers to a function that stands in one object with the table of all
 * formats; linking it from the static library drags every writer in, and with them libxml2, ICU,
 * nettle and libcrypto. The functions below take the writers' places. They are linked first because
 * archive_writers_set_pax(), which each user of the pax writer calls, stands in this object.
 */
#include "codec/archive_writers.h"

#include <errno.h>

int archive_writers_set_pax(struct archive *a)
{
	int r = archive_write_set_format_pax_restricted(a);

	if (r == ARCHIVE_OK)
		r = archive_write_set_format_option(a, "pax", "xattrheader", "SCHILY");
	return r;
}

#define REFUSE_FORMAT(name)                                                                        \
	int archive_write_set_format_##name(struct archive *a)                                     \
	{                                                                                          \
		archive_set_error(a, ENOSYS, "archives of type " #name " are not written");        \
		return ARCHIVE_FATAL;                                                              \
	}

REFUSE_FORMAT(7zip)
REFUSE_FORMAT(ar_bsd)
REFUSE_FORMAT(ar_svr4)
REFUSE_FORMAT(cpio)
REFUSE_FORMAT(cpio_bin)
REFUSE_FORMAT(cpio_newc)
REFUSE_FORMAT(cpio_odc)
REFUSE_FORMAT(cpio_pwb)
REFUSE_FORMAT(gnutar)
REFUSE_FORMAT(iso9660)
REFUSE_FORMAT(mtree)
REFUSE_FORMAT(mtree_classic)
REFUSE_FORMAT(raw)
REFUSE_FORMAT(shar)
REFUSE_FORMAT(shar_dump)
REFUSE_FORMAT(v7tar)
REFUSE_FORMAT(warc)
REFUSE_FORMAT(xar)
REFUSE_FORMAT(zip)
