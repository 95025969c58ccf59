package org.pagepool;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.actors.PoolHarness;

/** The build runs the tests of behaviour on pools that keep nothing, and again on durable ones, by their names in its POM. */
class BothWaysTest {
    @Test
    @DisplayName("a test whose pool may be of either kind lies where the build runs it on both")
    void shouldRunEveryTestOfBehaviourBothWays() {
        JavaClasses tests = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                .importPackages("org.pagepool");
        noClasses()
                .that()
                .resideOutsideOfPackage("org.pagepool.actors..")
                .and()
                .doNotHaveFullyQualifiedName("org.pagepool.demo.conform.ConformTableTest")
                .should()
                .callConstructorWhere(describe(
                        "it starts a PoolHarness", call -> call.getTargetOwner().isEquivalentTo(PoolHarness.class)))
                .orShould()
                .accessField(PoolHarness.class, "DURABLE")
                .because("src/test/pom.xml names the tests that run again on durable pools")
                .check(tests);
    }
}
