package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.gup.Longterm;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * Whether pinned pages look pinned, as the kernel's own test looks after pinning (B53): what to ask which section, and what
 * their answers come to. Every page is asked for on its own head, wherever its reference was taken. Confined to its walker.
 */
final class Verification {
    private record Question(PgmapSpec pgmap, List<Run> runs) {}

    private final Map<ActorRef<Section.Command>, Question> questions = new LinkedHashMap<>();
    private long pages;
    private long notLongterm;

    Verification(List<Pin> pins, SectionDirectory directory) {
        pins.forEach(pin -> pin.pieces().forEach(piece -> add(piece, directory)));
    }

    private void add(Pin.Piece piece, SectionDirectory directory) {
        PgmapSpec spec = piece.pgmap();
        pages += piece.pages();
        notLongterm += Longterm.pinnable(spec.protocol(), spec.type()) ? 0 : piece.pages();
        long end = piece.firstPfn() + piece.pages();
        for (long pfn = piece.firstPfn(); pfn < end; pfn = spec.hostedUntil(pfn)) {
            ActorRef<Section.Command> section = directory.section(spec, spec.sectionOf(pfn));
            if (section != null) {
                long n = Math.min(end, spec.hostedUntil(pfn)) - pfn;
                questions
                        .computeIfAbsent(section, s -> new Question(spec, new ArrayList<>()))
                        .runs
                        .addAll(Runs.ofPages(pfn, n, spec.geometry()));
            }
        }
    }

    /** How many sections there are to ask. */
    int sections() {
        return questions.size();
    }

    /** Asks them. */
    void ask(ActorRef<Section.UnpinnedFound> replyTo) {
        questions.forEach((section, question) -> section.tell(
                new Section.FindUnpinned(Runs.normalise(question.runs, question.pgmap.geometry()), replyTo)));
    }

    /** What came of it; a page of which nobody has said that it looks pinned does not. */
    GupWalker.Verified result(List<Section.UnpinnedFound> answers) {
        long pinned = 0;
        Section.@Nullable UnpinnedFound first = null;
        for (Section.UnpinnedFound answer : answers) {
            pinned += answer.pinned();
            if (answer.head() >= 0 && (first == null || answer.head() < first.head())) {
                first = answer;
            }
        }
        return new GupWalker.Verified(
                pages,
                pages - pinned,
                notLongterm,
                first == null ? -1 : first.head(),
                first == null ? HeadState.AT_ZERO : first.counts());
    }
}
