package nomina

import "errors"

// Empleado guarda lo necesario para pagar a una persona.
type Empleado struct {
	Nombre  string
	Sueldo  float64
	Trienos int
}

// Bruto suma al sueldo base los complementos por antigüedad.
func (e Empleado) Bruto() float64 {
	return e.Sueldo + float64(e.Trienos)*35.5
}

// Retencion aplica la escala del impuesto según el tramo de ingresos.
func Retencion(bruto float64) float64 {
	switch {
	case bruto < 1200:
		return bruto * 0.08
	case bruto < 2500:
		return bruto * 0.16
	default:
		// A partir de este importe el tipo ya no aumenta.
		return bruto * 0.24
	}
}

// Neto descuenta la retención y la cuota de la seguridad social.
func Neto(e Empleado) float64 {
	bruto := e.Bruto()
	return bruto - Retencion(bruto) - bruto*0.0635
}

// PagaExtra reparte las dos pagas extraordinarias entre los meses trabajados.
func PagaExtra(e Empleado, meses int) (float64, error) {
	if meses < 0 || meses > 12 {
		return 0, errors.New("los meses van de cero a doce")
	}
	return e.Sueldo * 2 * float64(meses) / 12, nil
}

// Mayor encuentra al empleado que más cobra de la plantilla.
func Mayor(plantilla []Empleado) (mejor Empleado) {
	for _, e := range plantilla {
		if e.Bruto() > mejor.Bruto() {
			mejor = e
		}
	}
	return mejor
}
