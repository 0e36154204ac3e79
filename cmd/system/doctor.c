/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"
#include "cli/format.h"
#include "cli/table.h"
#include "cmd.h"
#include "doctor/doctor.h"

struct doctor_args {
	const char *format;
	bool all, list, quiet;
};

static const struct opt rows[] = {
	OPT_FLAG("all", 'a', struct doctor_args, all, "show what is in order, too"),
	OPT_STR("format", 0, struct doctor_args, format, "FORMAT",
		"table, json (an object a line), or a template"),
	OPT_FLAG("list", 0, struct doctor_args, list, "list all ids, without looking"),
	OPT_FLAG("quiet", 'q', struct doctor_args, quiet, "show warnings and errors alone"),
	OPT_END,
};

static const struct format_column columns[] = {
	{"ID", "ID"},	  {"Subject", "SUBJECT"}, {"Severity", "SEVERITY"},
	{"Seen", "SEEN"}, {"Meaning", "MEANING"}, {"Mend", "MEND"},
	{NULL, NULL},
};

static struct value *finding_value(struct arena *a, const struct doctor_finding *f)
{
	struct value *v = value_struct(a);

	value_put_string(a, v, "ID", f->id);
	value_put_string(a, v, "Subject", f->subject);
	value_put_string(a, v, "Severity", doctor_severity_name(f->severity));
	value_put_string(a, v, "Seen", f->seen);
	value_put_string(a, v, "Meaning", f->means);
	value_put_string(a, v, "Mend", f->mend);
	return v;
}

static bool wanted(const struct doctor_args *args, const struct doctor_finding *f)
{
	if (args->all)
		return true;
	return f->severity >= (args->quiet ? DOCTOR_WARNING : DOCTOR_NOTE);
}

/* What stands behind a word of a finding's paragraph. */
static void add_part(struct buf *out, const char *word, const char *text)
{
	if (text)
		buf_addf(out, "  %-8s%s\n", word, text);
}

static void add_finding(const struct doctor_finding *f, struct buf *out)
{
	buf_addf(out, "%s: %s: %s\n", doctor_severity_name(f->severity), f->id, f->seen);
	add_part(out, "means:", f->means);
	add_part(out, "mend:", f->mend);
}

static void add_count(size_t n, const char *one, const char *many, struct buf *out)
{
	buf_addf(out, "%zu %s", n, n == 1 ? one : many);
}

static void add_sum(const size_t n[], struct buf *out)
{
	add_count(n[DOCTOR_ERROR], "error, ", "errors, ", out);
	add_count(n[DOCTOR_WARNING], "warning, ", "warnings, ", out);
	add_count(n[DOCTOR_NOTE], "note, ", "notes, ", out);
	buf_addf(out, "%zu ok, %zu skipped; `onggi doctor ID` tells more of one\n", n[DOCTOR_OK],
		 n[DOCTOR_SKIPPED]);
}

static int print_all(const struct doctor_args *args, const struct observations *o, struct err *err)
{
	const struct format_rows format = {
		.format = args->format,
		.standard = "table {{.ID}}\t{{.Severity}}\t{{.Seen}}",
		.columns = columns,
	};
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	const struct value **values = arena_calloc(&a, doctor_check_count, sizeof(*values));
	size_t n[DOCTOR_ERROR + 1] = {0}, n_values = 0;

	for (size_t i = 0; i < doctor_check_count; i++) {
		struct doctor_finding f;

		doctor_judge(&doctor_checks[i], o, &a, &f);
		n[f.severity]++;
		if (!wanted(args, &f))
			continue;
		values[n_values++] = finding_value(&a, &f);
		if (str_empty(args->format))
			add_finding(&f, &out);
	}
	if (!str_empty(args->format) && format_rows(&format, values, n_values, &out, err))
		return 1;
	if (str_empty(args->format) && !args->quiet)
		add_sum(n, &out);
	if (cmd_print(&out, err))
		return 1;
	return n[DOCTOR_ERROR] ? 1 : 0;
}

/* The page about one id, below what was found here. */
static int print_one(const struct doctor_check *check, const struct doctor_args *args,
		     const struct observations *o, struct err *err)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	const struct value *v;
	struct doctor_finding f;

	doctor_judge(check, o, &a, &f);
	v = finding_value(&a, &f);
	if (!str_empty(args->format)) {
		if (format_object(args->format, v, &out, err))
			return 1;
	} else {
		add_finding(&f, &out);
		doctor_page(check->id, &out);
	}
	if (cmd_print(&out, err))
		return 1;
	return f.severity == DOCTOR_ERROR;
}

static int print_list(struct err *err)
{
	static const char *const headers[] = {"ID", "SUBJECT"};
	_cleanup_(table) struct table t = {.columns = 0};
	_cleanup_(buf) struct buf out = BUF_INIT;

	table_init(&t, headers, 2);
	for (size_t i = 0; i < doctor_check_count; i++) {
		table_add(&t, doctor_checks[i].id);
		table_add(&t, doctor_checks[i].subject);
	}
	table_print(&t, &out);
	return cmd_print(&out, err) ? 1 : 0;
}

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct doctor_args *a = args;
	const struct doctor_check *check = NULL;
	struct observations seen;

	if (a->list)
		return print_list(err);
	if (argc && doctor_find(argv[0], &check, err))
		return 1;
	observe(ctx->global.root, ctx->global.runroot, &seen);
	return check ? print_one(check, a, &seen, err) : print_all(a, &seen, err);
}

#define DOCTOR(name_)                                                                              \
	{                                                                                          \
		.name = (name_), .summary = "find what is wrong with this machine, and the mend",  \
		.usage = "[OPTIONS] [ID]", .flags = CMD_NO_CONFIG,                                 \
		.description =                                                                     \
			"Looks at everything that containers need of a machine and tells what is " \
			"wrong, what it means and the command that mends it. With an ID, "         \
			"explains that one at length. Nothing is changed.\n\n"                     \
			"The exit code is 1 when there is an error, else 0.",                      \
		.examples = "onggi doctor --list\nonggi doctor subordinate-ids\n", .max_args = 1,  \
		.args_size = sizeof(struct doctor_args), .options = rows, .run = run               \
	}

const struct command cmd_doctor = DOCTOR("doctor");
const struct command cmd_system_doctor = DOCTOR("system doctor");
