/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole text becomes an array of tokens. A text between actions is trimmed when the marks "{{-
 * " and " -}}" at its two ends are known, that is, when the action behind it begins. Blanks are
 * tokens, since they tell {{f .a}} from {{f.a}}.
 */
#include <string.h>

#include "base/strv.h"
#include "cli/template_private.h"
#include "cli/utf8.h"

static const char blanks[] = " \t\r\n";

struct lexer {
	struct template *t;
	const char *p;
	bool escaped, trim;
	int parens;
	struct err *err;
	struct template_token *tokens;
	size_t n;
};

static bool is_blank(char c)
{
	return c && strchr(blanks, c);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Letters beyond ASCII are letters: no table of Unicode is kept for it. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
	       ((unsigned char)c & 0x80);
}

static int fail(struct lexer *l, const char *at, const char *message)
{
	return template_fail(l->t, (size_t)(at - l->t->text), l->err, "%s", message);
}

static void emit(struct lexer *l, enum template_token_kind kind, const char *from)
{
	struct template_token *t = arena_push(&l->t->arena, l->tokens, l->n);

	t->kind = kind;
	t->text = from;
	t->len = (size_t)(l->p - from);
	t->pos = (size_t)(from - l->t->text);
}

/* \t, \n and \\ to what they stand for, in place. */
static size_t unescape(char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char next = i + 1 < len ? text[i + 1] : '\0';

		if (text[i] == '\\' && (next == 't' || next == 'n' || next == '\\')) {
			text[n++] = next == 't' ? '\t' : next == 'n' ? '\n' : '\\';
			i++;
		} else {
			text[n++] = text[i];
		}
	}
	return n;
}

static void emit_text(struct lexer *l, const char *from, bool trim_end)
{
	size_t len = (size_t)(l->p - from);
	char *text = arena_strndup(&l->t->arena, from, len);
	struct template_token *t;

	if (l->escaped)
		len = unescape(text, len);
	while (trim_end && len > 0 && is_blank(text[len - 1]))
		len--;
	while (l->trim && len > 0 && is_blank(*text)) {
		text++;
		len--;
	}
	l->trim = false;
	if (len == 0)
		return;
	emit(l, TOKEN_TEXT, from);
	t = &l->tokens[l->n - 1];
	t->text = text;
	t->len = len;
}

/* "}}" or " -}}" at p: the bytes it takes, else 0. */
static size_t right_mark(const char *p, bool *ret_trim)
{
	*ret_trim = is_blank(p[0]) && p[1] == '-' && p[2] == '}' && p[3] == '}';
	if (*ret_trim)
		return 4;
	return p[0] == '}' && p[1] == '}' ? 2 : 0;
}

static int lex_comment(struct lexer *l, const char *start)
{
	const char *end = strstr(l->p + 2, "*/");
	size_t n;

	if (!end)
		return fail(l, start, "this comment has no end: */ is missing");
	n = right_mark(end + 2, &l->trim);
	if (n == 0)
		return fail(l, end + 2, "a comment must end right before }} or -}}");
	l->p = end + 2 + n;
	return 0;
}

/* Text up to an action; *ret_action tells whether one follows. */
static int lex_text(struct lexer *l, bool *ret_action)
{
	const char *from = l->p;
	const char *left = strstr(from, "{{");
	bool trim = left && left[2] == '-' && is_blank(left[3]);

	l->p = left ? left : from + strlen(from);
	if (l->p > from)
		emit_text(l, from, trim);
	*ret_action = false;
	if (!left)
		return 0;
	l->trim = false;
	l->p = left + (trim ? 3 : 2);
	if (str_prefix(l->p + (trim ? strspn(l->p, blanks) : 0), "/*", NULL)) {
		l->p += trim ? strspn(l->p, blanks) : 0;
		return lex_comment(l, left);
	}
	if (trim)
		l->p += strspn(l->p, blanks);
	emit(l, TOKEN_LEFT, left);
	l->parens = 0;
	*ret_action = true;
	return 0;
}

/* What may stand behind a word. */
static int check_end(struct lexer *l)
{
	char message[64] = "a blank is missing before '";
	size_t len, used = strlen(message);

	if (!*l->p || is_blank(*l->p) || strchr(".,|:()", *l->p) || str_prefix(l->p, "}}", NULL))
		return 0;
	if (*l->p == '}')
		return fail(l, l->p, "'}}' ends an action, '}' does not");
	(void)utf8_decode(l->p, &len);
	memcpy(message + used, l->p, len);
	memcpy(message + used + len, "'", 2);
	return fail(l, l->p, message);
}

static int lex_word(struct lexer *l)
{
	static const struct {
		const char *word;
		enum template_token_kind kind;
	} keywords[] = {
		{"block", TOKEN_BLOCK},
		{"break", TOKEN_BREAK},
		{"continue", TOKEN_CONTINUE},
		{"define", TOKEN_DEFINE},
		{"else", TOKEN_ELSE},
		{"end", TOKEN_END},
		{"if", TOKEN_IF},
		{"nil", TOKEN_NIL},
		{"range", TOKEN_RANGE},
		{"template", TOKEN_TEMPLATE},
		{"with", TOKEN_WITH},
		{"true", TOKEN_TRUE},
		{"false", TOKEN_FALSE},
	};
	enum template_token_kind kind = TOKEN_IDENTIFIER;
	const char *from = l->p;
	size_t len;

	while (is_word(*l->p))
		l->p++;
	if (check_end(l) < 0)
		return -1;
	len = (size_t)(l->p - from);
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
		if (strlen(keywords[i].word) == len && memcmp(from, keywords[i].word, len) == 0)
			kind = keywords[i].kind;
	}
	emit(l, kind, from);
	return 0;
}

/* .name, $name, "." and "$". */
static int lex_field(struct lexer *l)
{
	const char *from = l->p++;

	while (is_word(*l->p))
		l->p++;
	if (check_end(l) < 0)
		return -1;
	if (*from == '$')
		emit(l, TOKEN_VARIABLE, from);
	else
		emit(l, l->p == from + 1 ? TOKEN_DOT : TOKEN_FIELD, from);
	return 0;
}

static int lex_number(struct lexer *l)
{
	const char *from = l->p;
	bool hex;

	if (*l->p == '+' || *l->p == '-')
		l->p++;
	hex = l->p[0] == '0' && (l->p[1] == 'x' || l->p[1] == 'X');
	/* What is no number among this is told when it is converted. */
	for (; is_word(*l->p) || *l->p == '.'; l->p++) {
		char exponent = hex ? 'p' : 'e';

		if ((*l->p | 0x20) == exponent && (l->p[1] == '+' || l->p[1] == '-'))
			l->p++;
	}
	emit(l, TOKEN_NUMBER, from);
	return 0;
}

static int lex_quoted(struct lexer *l)
{
	const char *from = l->p;
	char quote = *l->p++;

	for (; *l->p != quote; l->p++) {
		if (*l->p == '\\' && quote != '`' && l->p[1] && l->p[1] != '\n')
			l->p++;
		else if (!*l->p || (*l->p == '\n' && quote != '`'))
			return fail(l, from, "this text in quotes has no end");
	}
	l->p++;
	emit(l, quote == '"' ? TOKEN_STRING : quote == '`' ? TOKEN_RAW : TOKEN_CHARACTER, from);
	return 0;
}

static int lex_unknown(struct lexer *l)
{
	char message[64] = "'";
	size_t len;

	(void)utf8_decode(l->p, &len);
	memcpy(message + 1, l->p, len);
	(void)str_copy(message + 1 + len, sizeof(message) - 1 - len, "' has no meaning here");
	return fail(l, l->p, message);
}

static int lex_mark(struct lexer *l)
{
	static const char marks[] = "|,=()";
	static const enum template_token_kind kinds[] = {TOKEN_PIPE, TOKEN_COMMA, TOKEN_ASSIGN,
							 TOKEN_OPEN, TOKEN_CLOSE};
	const char *mark = strchr(marks, *l->p);
	const char *from = l->p;

	if (str_prefix(from, ":=", NULL)) {
		l->p += 2;
		emit(l, TOKEN_DECLARE, from);
		return 0;
	}
	if (*from == ':')
		return fail(l, from, "':' must be ':='");
	if (!mark)
		return lex_unknown(l);
	if (*mark == ')' && l->parens-- == 0)
		return fail(l, from, "this ) closes nothing");
	if (*mark == '(')
		l->parens++;
	l->p++;
	emit(l, kinds[mark - marks], from);
	return 0;
}

static int lex_space(struct lexer *l)
{
	const char *from = l->p;
	bool trim;

	/* The last blank may belong to " -}}". */
	do
		l->p++;
	while (is_blank(*l->p) && !right_mark(l->p, &trim));
	emit(l, TOKEN_SPACE, from);
	return 0;
}

static int lex_token(struct lexer *l)
{
	char c = *l->p;

	if (is_blank(c))
		return lex_space(l);
	if (strchr("\"`'", c))
		return lex_quoted(l);
	if (is_digit(c) || strchr("+-", c) || (c == '.' && is_digit(l->p[1])))
		return lex_number(l);
	if (strchr(".$", c))
		return lex_field(l);
	return is_word(c) ? lex_word(l) : lex_mark(l);
}

/* The inside of an action, its }} too. */
static int lex_action(struct lexer *l)
{
	const char *start = l->t->text + l->tokens[l->n - 1].pos;

	for (;;) {
		const char *from = l->p;
		size_t n = right_mark(from, &l->trim);

		if (n) {
			l->p += n;
			emit(l, TOKEN_RIGHT, from);
			return l->parens ? fail(l, from, "a ( is not closed") : 0;
		}
		if (!*from)
			return fail(l, start, "this {{ has no }}");
		if (lex_token(l) < 0)
			return -1;
	}
}

int template_lex(struct template *t, size_t skip, bool escaped, struct template_token **ret,
		 struct err *err)
{
	struct lexer l = {.t = t, .p = t->text + skip, .escaped = escaped, .err = err};
	bool action;

	while (*l.p) {
		if (lex_text(&l, &action) < 0)
			return -1;
		if (action && lex_action(&l) < 0)
			return -1;
	}
	emit(&l, TOKEN_EOF, l.p);
	*ret = l.tokens;
	return 0;
}
