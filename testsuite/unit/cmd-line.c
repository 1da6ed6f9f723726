/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command lines: words, names, arguments; and the commands' output over a
   made-up kernel. */
#include "cmd/args.h"
#include "rsp-fake.h"

#include "test.h"

/* Words of LINE joined by |.  */
static const char *
split (const char *line)
{
  static char joined[256];
  struct kd_args args;
  size_t len = 0;
  joined[0] = '\0';
  if (kd_args_split (line, &args))
    return "error";
  for (int i = 0; i < args.argc && len < sizeof joined; i++)
    len += (size_t)snprintf (joined + len, sizeof joined - len, "%s%s",
                             i ? "|" : "", args.argv[i]);
  kd_args_deinit (&args);
  return joined;
}

static void
test_split (void)
{
  is_str (split ("a b  c"), "a|b|c", "blanks separate words");
  is_str (split ("  a\tb\n"), "a|b", "so do tabs and newlines");
  is_str (split (""), "", "nothing is no words");
  is_str (split ("'a b' c"), "a b|c", "single quotes keep blanks");
  is_str (split ("\"a b\"c"), "a bc", "double ones do, inside a word");
  is_str (split ("a '' b"), "a||b", "quotes make an empty word");
  is_str (split ("a\\ b"), "a b", "a backslash keeps the next character");
  is_str (split ("'a\\b'"), "a\\b", "not in single quotes");
  is_str (split ("\"a\\\"b\\n\""), "a\"b\\n", "in double ones only \" and \\");
  is_str (split ("a 'b"), "error", "an open quote is an error");
  is_str (split ("a \"b"), "error", "so is an open double one");
  is_str (split ("a\\"), "a\\", "a backslash at the end is itself");
}

static void
test_find (void)
{
  const struct kd_command *c = NULL;
  ok (kd_command_find ("sys", &c) == KD_OK && c == &kd_cmd_sys,
      "a name is found");
  ok (kd_command_find ("cp", &c) == KD_OK && c == &kd_cmd_cpus,
      "so is an unambiguous beginning");
  is_int (kd_command_find ("sy", &c), KD_NOT_FOUND, "not an ambiguous one");
  is_str (kd_error_text (), "`sy' could be sys, sym", "the error lists them");
  is_int (kd_command_find ("nothing", &c), KD_NOT_FOUND, "nor what is none");
  is_int (kd_command_find ("kdum", &c), KD_NOT_FOUND,
          "a hidden one needs its full name");
  ok (kd_command_find ("kdump", &c) == KD_OK, "which works");
  const char *group = "";
  for (size_t i = 0; kd_commands[i]; i++) {
    c = kd_commands[i];
    ok (c->name && c->group && c->summary && c->usage && c->help && c->run
          && strncmp (c->usage, c->name, strlen (c->name)) == 0
          && c->help[strlen (c->help) - 1] == '\n',
        "%s is described", c->name);
    bool again = false;
    for (size_t j = 0; j + 1 < i; j++)
      again = again
              || (strcmp (group, c->group) != 0
                  && strcmp (kd_commands[j]->group, c->group) == 0);
    ok (c->hidden || !again, "%s is beside the others of its group", c->name);
    group = c->group;
  }
}

static void
test_widths (void)
{
  for (size_t i = 0; kd_commands[i]; i++) {
    size_t longest = 0;
    for (const char *p = kd_commands[i]->help; *p; p += strspn (p, "\n")) {
      size_t n = strcspn (p, "\n");
      longest = n > longest ? n : longest;
      p += n;
    }
    ok (longest < 80 && strlen (kd_commands[i]->summary) <= 64,
        "help of %s fits 80 columns", kd_commands[i]->name);
  }
}

static void
test_args (struct fake *f)
{
  struct kd_session_state *s = &f->state;
  uint64_t v = 0;
  ok (!kd_arg_number ("12", "N", &v) && v == 12, "decimal numbers");
  ok (!kd_arg_number ("0x1F", "N", &v) && v == 31, "hexadecimal ones");
  static const char *const bad[]
    = { "",    "0x", "1x", "-1", "+1", " 1", "ff", "99999999999999999999999",
        "0x-1" };
  for (size_t i = 0; i < KD_ARRAY_SIZE (bad); i++)
    is_int (kd_arg_number (bad[i], "N", &v), KD_USAGE, "`%s' is no number",
            bad[i]);
  ok (!kd_arg_address (s, "0xffffffff82000000", &v) && v == FAKE_TEXT,
      "an address with 0x");
  ok (!kd_arg_address (s, "ffffffff82000000", &v) && v == FAKE_TEXT,
      "a long one without");
  ok (!kd_arg_address (s, "first+0x10", &v) && v == FAKE_TEXT + 16,
      "a symbol and an offset");
  ok (!kd_arg_address (s, "second-1", &v) && v == FAKE_TEXT + 0xff,
      "a negative offset");
  ok (!kd_arg_address (s, "one:first", &v) && v == FAKE_MODULE,
      "a module's symbol");
  is_int (kd_arg_address (s, "two:first", &v), KD_NOT_FOUND,
          "not another module's");
  is_int (kd_arg_address (s, "nothere", &v), KD_NOT_FOUND, "not no symbol");
  is_int (kd_arg_address (s, "first+", &v), KD_USAGE, "not half an offset");
  is_int (kd_arg_address (s, "+1", &v), KD_USAGE, "not an offset alone");
  is_int (kd_arg_address (s, "0x11112222333344445", &v), KD_USAGE,
          "not more than 64 bits");
  struct kd_cpu *cpu = NULL;
  ok (!kd_arg_cpu (s, "3", &cpu) && cpu->number == 3, "a CPU");
  is_int (kd_arg_cpu (s, "6", &cpu), KD_NOT_FOUND, "not one beyond the last");
}

/* Does the text nest its brackets and quotes as JSON does?  */
static bool
is_json (const char *p)
{
  char stack[64];
  unsigned depth = 0;
  for (; *p; p++) {
    if (*p == '"') {
      for (p++; *p && *p != '"'; p++)
        if (*p == '\\' && p[1])
          p++;
      if (!*p)
        return false;
    } else if ((*p == '{' || *p == '[') && depth < sizeof stack) {
      stack[depth++] = *p;
    } else if (*p == '}' || *p == ']') {
      if (depth == 0 || stack[--depth] != (*p == '}' ? '{' : '['))
        return false;
    }
  }
  return depth == 0;
}

static void
test_run (struct fake *f)
{
  static const char *const lines[] = { "sys",        "cpus",
                                       "mod",        "sym first second+4",
                                       "rd first 3", "rd -p 0x100000 2",
                                       "vtop first", "help",
                                       "help sys",   "info version" };
  for (size_t i = 0; i < KD_ARRAY_SIZE (lines); i++) {
    struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
    struct kd_strbuf json KD_AUTO_STRBUF = { 0 };
    is_int (kd_command_run (&f->state, lines[i], &text), KD_OK, "`%s' works",
            lines[i]);
    ok (text.len > 10 && text.data[text.len - 1] == '\n',
        "`%s' says something, in whole lines", lines[i]);
    char line[64];
    snprintf (line, sizeof line, "%s --json", lines[i]);
    ok (!kd_command_run (&f->state, line, &json) && json.len > 10
          && is_json (json.data),
        "`%s' gives JSON", line);
  }
}

/* OUT of LINE has WANT in it.  */
static void
says (struct fake *f, const char *line, const char *want)
{
  struct kd_strbuf out KD_AUTO_STRBUF = { 0 };
  enum kd_status st = kd_command_run (&f->state, line, &out);
  if (!ok (!st && strstr (kd_strbuf_str (&out), want), "`%s' says `%s'", line,
           want))
    printf ("# %s\n", st ? kd_error_text () : kd_strbuf_str (&out));
}

static void
fails (struct fake *f, const char *line, const char *want)
{
  struct kd_strbuf out KD_AUTO_STRBUF = { 0 };
  enum kd_status st = kd_command_run (&f->state, line, &out);
  if (!ok (st && strstr (kd_error_text (), want), "`%s' fails with `%s'", line,
           want))
    printf ("# %s\n", kd_error_text ());
}

static void
test_answers (struct fake *f)
{
  says (f, "sys", "6.1.0-fake");
  says (f, "sys", "CPUs          3 present, 3 online, 2 with registers");
  says (f, "sys", "1, running a<b&c (PID 10");
  says (f, "sys --json", "\"panic_cpu\": 1");
  says (f, "sys --json", "\"panic_message\": \"Kernel panic: 100%\\nsecond");
  says (f, "cpus", "second+0x4/0x80");
  says (f, "cpus", "no registers: it did not answer");
  says (f, "cpus --json", "\"why_no_registers\": \"it did not answer\"");
  says (f, "mod", "`mod NAME' says why");
  says (f, "mod two", "No debug file: its debug file is not there");
  says (f, "mod one --json", "\"base\": \"0xffffffffc0100000\"");
  fails (f, "mod three", "no module `three' is loaded");
  says (f, "sym ffffffff82000104",
        "ffffffff82000104 (t) second+0x4, 128 bytes");
  says (f, "sym one:first", "[one]");
  fails (f, "sym", "Usage: sym ");
  fails (f, "sym 0x10", "no symbol covers 0x10");
  says (f, "rd 0xffffffff82000000 1", "ffffffff82000000:  312a231c150e0700");
  says (f, "rd -p 0x100000 1", "0000000000100000:  312a231c150e0700");
  fails (f, "rd first+0x3000", "ffffffff82003000");
  fails (f, "rd first 0", "COUNT must be from 1");
  fails (f, "rd first 1 2", "what is `2'?");
  fails (f, "rd 0x1000", "user memory of CPU 1");
  says (f, "vtop first", "Physical:  0000000000100000, page frame 0x100");
  says (f, "search no-such-text-here", "0 found in ");
  says (f, "search -l 1 312a231c150e0700",
        "Stopped after 1, at physical address");
  says (f, "search -8 -l 1 0x2a --json", "\"bits\": 8");
  says (f, "vtop first", "Page:      in the dump");
  says (f, "vtop first+0x3000 --json", "\"page\": \"not-ram\"");
  says (f, "vtop 0xffff888000000000 --json", "\"reason\": \"");
  fails (f, "cpus 1", "what is `1'?");
  fails (f, "", "no command was given");
  fails (f, "help nothing", "no command `nothing'");
  fails (f, "sys 'open", "no closing '");
}

/* What was certain before a failure is kept, but no half JSON.  */
static void
test_partial (struct fake *f)
{
  struct kd_strbuf out KD_AUTO_STRBUF = { 0 };
  ok (kd_command_run (&f->state, "rd first+0x2ff0 4", &out) == KD_NOT_RAM
        && strstr (kd_strbuf_str (&out), "ffffffff82002ff8: "),
      "text before a failure is kept");
  kd_strbuf_reset (&out);
  ok (kd_command_run (&f->state, "rd first+0x2ff0 4 --json", &out)
          == KD_NOT_RAM
        && out.len == 0,
      "half of a JSON text is not");
}

static void
test_complete (struct fake *f)
{
  static const struct {
    const char *line, *want;
  } cases[] = { { "cp", "cpus\n" },       { "help cp", "cpus\n" },
                { "mod t", "two\n" },     { "mod one ", "" },
                { "sys --", "--json\n" }, { "nothing ", "" },
                { "sys 'a", "" },         { "kdum", "" } };
  for (size_t i = 0; i < KD_ARRAY_SIZE (cases); i++) {
    struct kd_strbuf out KD_AUTO_STRBUF = { 0 };
    kd_command_complete (&f->state, cases[i].line, &out);
    is_str (kd_strbuf_str (&out), cases[i].want, "completing `%s'",
            cases[i].line);
  }
}

int
main (void)
{
  struct fake f;
  fake_init (&f);
  test_split ();
  test_find ();
  test_widths ();
  test_args (&f);
  test_run (&f);
  test_answers (&f);
  test_partial (&f);
  test_complete (&f);
  fake_deinit (&f);
  return test_done ();
}
