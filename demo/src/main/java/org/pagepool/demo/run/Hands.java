package org.pagepool.demo.run;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.Driver.Account;
import org.pagepool.runtime.head.Refusal;

/**
 * What the driver of one device handed out and got back, in folios.
 *
 * @param requested asked for
 * @param granted handed out
 * @param refused by reason
 * @param freed taken back
 * @param touched private folios that a CPU touched
 * @param broughtBack of these, those whose data came back to RAM
 * @param speculated gets by pfn of folios that were not out (R25)
 * @param speculatedGranted of these, those that were granted
 * @param account the driver's own, from before the end of the run; null if it did not answer
 */
record Hands(
        long requested,
        long granted,
        Map<Refusal, Long> refused,
        long freed,
        long touched,
        long broughtBack,
        long speculated,
        long speculatedGranted,
        @Nullable Account account) {
    static final Hands NONE = new Hands(0, 0, Map.of(), 0, 0, 0, 0, 0, null);

    Hands requested(@Nullable Refusal refusal) {
        Map<Refusal, Long> reasons = new EnumMap<>(Refusal.class);
        reasons.putAll(refused);
        if (refusal != null) {
            reasons.merge(refusal, 1L, Long::sum);
        }
        return new Hands(
                requested + 1,
                granted + (refusal == null ? 1 : 0),
                Collections.unmodifiableMap(reasons),
                freed,
                touched,
                broughtBack,
                speculated,
                speculatedGranted,
                account);
    }

    Hands takenBack() {
        return new Hands(
                requested, granted, refused, freed + 1, touched, broughtBack, speculated, speculatedGranted, account);
    }

    Hands touched(boolean done) {
        long back = broughtBack + (done ? 1 : 0);
        return new Hands(requested, granted, refused, freed, touched + 1, back, speculated, speculatedGranted, account);
    }

    Hands speculated(boolean got) {
        long more = speculatedGranted + (got ? 1 : 0);
        return new Hands(requested, granted, refused, freed, touched, broughtBack, speculated + 1, more, account);
    }

    Hands with(@Nullable Account said) {
        return new Hands(requested, granted, refused, freed, touched, broughtBack, speculated, speculatedGranted, said);
    }
}
