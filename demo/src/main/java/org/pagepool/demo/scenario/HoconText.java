package org.pagepool.demo.scenario;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The text of a HOCON file as words, texts and brackets with their lines: as much as is needed to say which bracket has no
 * partner, and what a file includes. Whatever else a file means is HOCON's business.
 */
final class HoconText {
    private static final String BRACKETS = "{}[]()";
    private static final String TRIPLE = "\"\"\"";

    private enum Kind {
        WORD,
        TEXT,
        OPEN_TEXT,
        MARK,
        LINE_END
    }

    private record Token(Kind kind, String text, int line) {}

    /**
     * Something that is wrong with it.
     *
     * @param line counted from 1
     * @param what what, and what would be right
     */
    record Fault(int line, String what) {}

    /**
     * A file that it includes.
     *
     * @param line counted from 1
     * @param name as written
     * @param beside whether it is looked for beside this file, and not where the program was started
     */
    record Include(int line, String name, boolean beside) {}

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;

    HoconText(String text) {
        this.text = text;
        while (at < text.length()) {
            read();
        }
    }

    // ---- reading

    private void read() {
        char c = text.charAt(at);
        if (c == '\n') {
            add(Kind.LINE_END, at + 1);
        } else if (Character.isWhitespace(c)) {
            at++;
        } else if (c == '#' || text.startsWith("//", at)) {
            at = endOfLine();
        } else if (text.startsWith("${", at)) {
            add(Kind.WORD, substitutionEnd());
        } else if (c == '"') {
            quoted();
        } else if (BRACKETS.indexOf(c) >= 0 || c == ',' || c == '=' || c == ':') {
            add(Kind.MARK, at + 1);
        } else {
            add(Kind.WORD, wordEnd());
        }
    }

    private void quoted() {
        boolean triple = text.startsWith(TRIPLE, at);
        int begin = at + (triple ? TRIPLE.length() : 1);
        int end = triple ? text.indexOf(TRIPLE, begin) : closingQuote(begin);
        if (end < 0) {
            add(Kind.OPEN_TEXT, triple ? text.length() : endOfLine());
            return;
        }
        tokens.add(new Token(Kind.TEXT, text.substring(begin, end), line));
        skipTo(end + (triple ? TRIPLE.length() : 1));
    }

    private int closingQuote(int begin) {
        for (int i = begin; i < text.length() && text.charAt(i) != '\n'; i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == '"') {
                return i;
            }
        }
        return -1;
    }

    private int substitutionEnd() {
        int end = text.indexOf('}', at);
        return end < 0 || end > endOfLine() ? at + 2 : end + 1;
    }

    private int wordEnd() {
        int end = at + 1;
        while (end < text.length()
                && !Character.isWhitespace(text.charAt(end))
                && "{}[](),=:\"#$".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    private int endOfLine() {
        int end = text.indexOf('\n', at);
        return end < 0 ? text.length() : end;
    }

    private void add(Kind kind, int end) {
        tokens.add(new Token(kind, text.substring(at, end), line));
        skipTo(end);
    }

    private void skipTo(int end) {
        while (at < end) {
            line += text.charAt(at) == '\n' ? 1 : 0;
            at++;
        }
    }

    // ---- what is wrong

    /** The first text or bracket without its end; empty if each has one. */
    Optional<Fault> fault() {
        Deque<Token> open = new ArrayDeque<>();
        for (Token token : tokens) {
            if (token.kind == Kind.OPEN_TEXT) {
                return Optional.of(new Fault(token.line, "a quoted text has no end; want another " + quotesOf(token)));
            }
            if (token.kind != Kind.MARK || !BRACKETS.contains(token.text)) {
                continue;
            }
            if (BRACKETS.indexOf(token.text) % 2 == 0) {
                open.push(token);
            } else if (open.isEmpty()) {
                return Optional.of(new Fault(
                        token.line,
                        token.text + " closes nothing; want a " + partner(token) + " before it, or neither"));
            } else if (!partner(token).equals(open.peek().text)) {
                return Optional.of(mismatch(token, open.peek()));
            } else {
                open.pop();
            }
        }
        return open.isEmpty()
                ? Optional.empty()
                : Optional.of(new Fault(
                        open.peek().line, open.peek().text + " is never closed; want a " + partner(open.peek())));
    }

    private static Fault mismatch(Token closing, Token opened) {
        return new Fault(
                closing.line,
                closing.text + " where the " + opened.text + " of line " + opened.line + " is still open; want a "
                        + partner(opened) + " first");
    }

    private static String quotesOf(Token token) {
        return token.text.startsWith(TRIPLE) ? TRIPLE : "\"";
    }

    /** The bracket that goes with it. */
    private static String partner(Token bracket) {
        return String.valueOf(BRACKETS.charAt(BRACKETS.indexOf(bracket.text) ^ 1));
    }

    // ---- what it includes

    /** The files it includes, in their order; what is looked for on the class path or the net is left out. */
    List<Include> includes() {
        List<Include> found = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).text.equals("include") && tokens.get(i).kind == Kind.WORD && beginsAKey(i)) {
                include(i + 1).ifPresent(found::add);
            }
        }
        return found;
    }

    private boolean beginsAKey(int i) {
        if (i == 0) {
            return true;
        }
        Token before = tokens.get(i - 1);
        return before.kind == Kind.LINE_END || before.text.equals("{") || before.text.equals(",");
    }

    /** {@code "x"}, {@code file("x")}, or one of them in {@code required(...)}. */
    private Optional<Include> include(int from) {
        boolean beside = true;
        for (int i = from; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (token.kind == Kind.TEXT) {
                return Optional.of(new Include(token.line, token.text, beside));
            }
            if (token.text.equals("file")) {
                beside = false;
            } else if (!token.text.equals("(") && !token.text.equals("required")) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }
}
