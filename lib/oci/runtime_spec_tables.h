/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the parts of the runtime configuration, for the files that make them up. */
#ifndef ONGGI_OCI_RUNTIME_SPEC_TABLES_H
#define ONGGI_OCI_RUNTIME_SPEC_TABLES_H

#include "codec/json.h"

extern const struct json_table spec_process_table;    /* struct spec_process */
extern const struct json_table spec_linux_table;      /* struct spec_linux */
extern const struct json_table spec_resources_table;  /* struct spec_resources */
extern const struct json_table spec_id_mapping_table; /* struct spec_id_mapping */

#endif
