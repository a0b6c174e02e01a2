import java.io.File;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.model.OWLOntology;
import org.semanticweb.owlapi.profiles.OWL2DLProfile;
import org.semanticweb.owlapi.profiles.OWL2RLProfile;
import org.semanticweb.owlapi.profiles.OWLProfile;
import org.semanticweb.owlapi.profiles.OWLProfileViolation;

/** Says of each OWL file how many axioms the OWL API reads in it, and every violation of OWL 2 DL and OWL 2 RL. */
public class OwlProfiles {
    public static void main(String[] files) throws Exception {
        for (String file : files) {
            OWLOntology ontology =
                OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(new File(file));
            String name = new File(file).getName();
            System.out.println(name + "\tiri\t" + ontology.getOntologyID().getOntologyIRI());
            System.out.println(name + "\taxioms\t" + ontology.getAxiomCount());
            for (OWLProfile profile : new OWLProfile[] {new OWL2DLProfile(), new OWL2RLProfile()}) {
                for (OWLProfileViolation violation : profile.checkOntology(ontology).getViolations()) {
                    System.out.println(name + "\t" + profile.getName() + "\t" + violation);
                }
            }
        }
    }
}
