package org.pagepool;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.accessTargetWhere;
import static com.tngtech.archunit.lang.conditions.ArchConditions.never;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.Children;

/**
 * What may know what: {@code demo -> persistence -> actors -> runtime}, never back. The runtime is values and nothing
 * else. Actors are told the time and given their random numbers, because a schedule that reads the real ones cannot be
 * run again.
 */
class ArchitectureTest {
    private static final String RUNTIME = "org.pagepool.runtime..";
    private static final String ACTORS = "org.pagepool.actors..";
    private static final String PERSISTENCE = "org.pagepool.persistence..";
    private static final String DEMO = "org.pagepool.demo..";

    /** The one class of the actors that may ask the operating system for the time, and the one for a first seed. */
    private static final String ASKS_THE_TIME = "org.pagepool.actors.SystemTime";

    private static final String ASKS_FOR_A_SEED = "org.pagepool.actors.SystemSeed";

    private static final DescribedPredicate<JavaAccess<?>> THE_CLOCK = accessTo(
            "the real clock",
            target -> is(target, System.class, "nanoTime", "currentTimeMillis")
                    || (is(target, Clock.class)
                            && isStatic(target)
                            && !target.getName().equals("fixed"))
                    || (target.getOwner().getPackageName().equals("java.time")
                            && target.getName().equals("now")
                            && !takes(target, Clock.class)));

    private static final DescribedPredicate<JavaAccess<?>> CHANCE = accessTo(
            "unseeded random numbers",
            target -> is(target, Math.class, "random")
                    || is(target, StrictMath.class, "random")
                    || is(target, UUID.class, "randomUUID")
                    || is(target, ThreadLocalRandom.class)
                    || is(target, SecureRandom.class)
                    || is(target, RandomGenerator.class, "of", "getDefault")
                    || (is(target, Random.class, "<init>") && takes(target))
                    || (is(target, SplittableRandom.class, "<init>") && takes(target))
                    || (is(target, Collections.class, "shuffle") && takes(target, List.class)));

    private static JavaClasses code;

    @BeforeAll
    static void readTheCode() {
        code = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("org.pagepool");
    }

    @ParameterizedTest
    @ValueSource(strings = {RUNTIME, ACTORS, PERSISTENCE, DEMO})
    void shouldSeeTheCodeItJudges(String module) {
        assertTrue(code.stream().anyMatch(resideInAPackage(module)));
    }

    @Test
    void shouldDependOnlyDownwards() {
        check(layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("demo")
                .definedBy(DEMO)
                .layer("persistence")
                .definedBy(PERSISTENCE)
                .layer("actors")
                .definedBy(ACTORS)
                .layer("runtime")
                .definedBy(RUNTIME)
                .whereLayer("demo")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("persistence")
                .mayOnlyBeAccessedByLayers("demo")
                .whereLayer("actors")
                .mayOnlyBeAccessedByLayers("persistence", "demo"));
    }

    @ParameterizedTest
    @ValueSource(strings = {RUNTIME, ACTORS, PERSISTENCE, DEMO})
    void shouldHaveNoCyclesBetweenPackages(String module) {
        check(slices().assignedFrom(packagesOf(module)).should().beFreeOfCycles());
    }

    @Test
    void shouldKeepFrameworksAndThreadsOutOfTheRuntime() {
        check(noClasses()
                .that()
                .resideInAPackage(RUNTIME)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("akka..", "scala..", "com.typesafe..", "org.slf4j..", "java.util.concurrent..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, ThreadLocal.class));
    }

    @Test
    void shouldNotReadTheClockInTheRuntime() {
        check(classes().that().resideInAPackage(RUNTIME).should(never(accessTargetWhere(THE_CLOCK))));
    }

    @Test
    void shouldNotDrawUnseededNumbersInTheRuntime() {
        check(classes().that().resideInAPackage(RUNTIME).should(never(accessTargetWhere(CHANCE))));
    }

    @Test
    void shouldNotReadTheClockInActors() {
        check(classes()
                .that()
                .resideInAPackage(ACTORS)
                .and()
                .doNotHaveFullyQualifiedName(ASKS_THE_TIME)
                .should(never(accessTargetWhere(THE_CLOCK))));
    }

    @Test
    void shouldNotDrawUnseededNumbersInActors() {
        check(classes()
                .that()
                .resideInAPackage(ACTORS)
                .and()
                .doNotHaveFullyQualifiedName(ASKS_FOR_A_SEED)
                .should(never(accessTargetWhere(CHANCE))));
    }

    /** Records and enums pass, and so does a class that is as final as they are. */
    @Test
    void shouldMakeStatesOfFinalFieldsOnly() {
        check(classes()
                .that()
                .resideInAPackage(RUNTIME)
                .and()
                .haveSimpleNameEndingWith("State")
                .should()
                .haveOnlyFinalFields());
    }

    @Test
    void shouldMakeActorsOnlyThroughTheirFactories() {
        check(constructors()
                .that()
                .areDeclaredInClassesThat()
                .areAssignableTo(AbstractBehavior.class)
                .should()
                .bePrivate());
    }

    /** Akka would have them run on the default dispatcher, which in another system is not the pool's. */
    @Test
    void shouldSayWhereChildrenRun() {
        check(noClasses()
                .that()
                .resideInAnyPackage(ACTORS, PERSISTENCE)
                .and()
                .doNotHaveFullyQualifiedName(Children.class.getName())
                .should()
                .callMethodWhere(describe(
                        "an actor is started",
                        call -> call.getTarget().getName().startsWith("spawn")
                                && call.getTargetOwner().isAssignableTo(ActorContext.class))));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(code);
    }

    private static SliceAssignment packagesOf(String module) {
        return new SliceAssignment() {
            @Override
            public String getDescription() {
                return "the packages of " + module;
            }

            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                return resideInAPackage(module).test(type)
                        ? SliceIdentifier.of(type.getPackageName())
                        : SliceIdentifier.ignore();
            }
        };
    }

    private static DescribedPredicate<JavaAccess<?>> accessTo(String what, Predicate<AccessTarget> target) {
        return describe(what, access -> target.test(access.getTarget()));
    }

    /** The target is a member of this class, one of these if any are named. */
    private static boolean is(AccessTarget target, Class<?> owner, String... names) {
        return target.getOwner().isEquivalentTo(owner)
                && (names.length == 0 || List.of(names).contains(target.getName()));
    }

    private static boolean isStatic(AccessTarget target) {
        return target.resolveMember()
                .filter(member -> member.getModifiers().contains(JavaModifier.STATIC))
                .isPresent();
    }

    /** The target is called with exactly these parameters. */
    private static boolean takes(AccessTarget target, Class<?>... types) {
        return target instanceof CodeUnitAccessTarget unit
                && unit.getRawParameterTypes().stream()
                        .map(JavaClass::getFullName)
                        .toList()
                        .equals(List.of(types).stream().map(Class::getName).toList());
    }
}
